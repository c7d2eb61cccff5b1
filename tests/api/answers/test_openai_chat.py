"""Questions from clients that speak OpenAI's chat completions."""

import json
from typing import Any

import httpx
import pytest

from tests.support.answer_stream import QUESTION
from tests.support.chat_server import ChatServer, said

MESSAGES = [
    {"role": "system", "content": "You are a pirate."},
    {"role": "user", "content": "Hello"},
    {"role": "assistant", "content": "Ahoy"},
    {"role": "user", "content": [{"type": "text", "text": QUESTION}]},
]


def body(collection: str, **fields: Any) -> dict[str, Any]:  # noqa: ANN401
    sampling = {"temperature": 0.7, "top_p": 1, "frequency_penalty": 0, "user": "x", "tools": None}
    return {"model": "inkdex", "messages": MESSAGES, "collection": collection} | sampling | fields


def lines(client: httpx.Client, **sent: Any) -> list[str]:  # noqa: ANN401
    with client.stream("POST", "/v1/chat/completions", json={**sent, "stream": True}) as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        return [line.removeprefix("data: ") for line in response.iter_lines() if line]


def test_a_whole_completion(client: httpx.Client, ink: str, chat: ChatServer) -> None:
    chat.answer = lambda _: said("Three minutes [1].")
    answer = client.post("/v1/chat/completions", json=body(ink)).raise_for_status().json()
    assert answer["object"] == "chat.completion"
    assert answer["choices"][0]["message"] == {"role": "assistant", "content": "Three minutes [1]."}
    assert answer["choices"][0]["finish_reason"] == "stop"
    assert answer["usage"]["total_tokens"] > 0
    assert answer["sources"][0]["document"] == "ink"
    assert answer["citations"][0]["quote"].startswith("Iron gall ink")
    sent = chat.asked[0]["messages"]
    assert [each["role"] for each in sent] == ["system", "user", "assistant", "user"]
    assert "pirate" not in str(sent)


@pytest.mark.parametrize("usage", [True, False])
def test_a_streamed_completion(
    client: httpx.Client, ink: str, chat: ChatServer, *, usage: bool
) -> None:
    chat.answer = lambda _: said("Three minutes [1].")
    sent = body(ink, stream_options={"include_usage": usage})
    *streamed, end = lines(client, **sent)
    assert end == "[DONE]"
    chunks = [json.loads(line) for line in streamed]
    assert {each["object"] for each in chunks} == {"chat.completion.chunk"}
    assert len({each["id"] for each in chunks}) == 1
    first = chunks[0]["choices"][0]["delta"]
    assert first == {"role": "assistant", "content": ""}
    assert chunks[0]["sources"][0]["document"] == "ink"
    choices = [choice for each in chunks for choice in each["choices"]]
    text = "".join(each["delta"].get("content", "") for each in choices)
    assert text == "Three minutes [1]."
    assert choices[-1]["finish_reason"] == "stop"
    assert ("usage" in chunks[-1]) == usage
    if usage:
        assert chunks[-1]["choices"] == []


@pytest.mark.parametrize(
    "messages",
    [
        [],
        [{"role": "assistant", "content": "x"}],
        [{"role": "user", "content": ""}],
        [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "x"}}]}],
        [{"role": "user", "content": "x" * 4001}],
    ],
)
def test_what_cannot_be_answered(client: httpx.Client, messages: list[dict[str, Any]]) -> None:
    answer = client.post("/v1/chat/completions", json={"messages": messages})
    assert answer.status_code == 422


@pytest.mark.parametrize(
    "content", ["Hello", "x" * 40_000, [{"type": "text", "text": "x" * 60_000}] * 2]
)
def test_a_long_conversation_loses_its_oldest_messages(
    client: httpx.Client, ink: str, chat: ChatServer, content: object
) -> None:
    earlier = [{"role": "user", "content": content}] * (80 if content == "Hello" else 3)
    messages = [*earlier, {"role": "assistant", "content": "Ahoy"}, MESSAGES[-1]]
    sent = body(ink, messages=messages, model="")
    client.post("/v1/chat/completions", json=sent).raise_for_status()
    assert chat.asked[-1]["messages"][-2]["content"] == "Ahoy"


def test_the_models_are_listed(client: httpx.Client) -> None:
    listed = client.get("/v1/models").raise_for_status().json()
    assert [each["id"] for each in listed["data"]] == ["inkdex", "chat"]

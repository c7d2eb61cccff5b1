"""The answers of /api/chat, as Ollama gives them."""

import json

import ollama
import pytest

from tests.model_server.chat.client import FRANCE, MODEL, Chat, content
from tests.support.model_server import Server

FINAL = ["done_reason", "total_duration", "load_duration", "prompt_eval_count"]
FINAL += ["prompt_eval_duration", "eval_count", "eval_duration"]


def test_a_stream_is_one_record_for_each_piece(chat: Chat) -> None:
    with chat.stream(tokens=6) as lines:
        *pieces, last = lines
    assert len(pieces) == 6
    assert all(
        list(piece) == ["model", "created_at", "message", "done"]
        and piece["message"]["role"] == "assistant"
        and piece["done"] is False
        for piece in pieces
    )
    assert list(last) == ["model", "created_at", "message", "done", *FINAL]
    assert (last["done"], last["message"]) == (True, {"role": "assistant", "content": ""})
    assert content(pieces) == chat.answer(tokens=6)["message"]["content"]


def test_the_durations_are_nanoseconds_within_the_total(chat: Chat) -> None:
    answer = chat.answer(tokens=8)
    parts = [answer[f"{part}_duration"] for part in ("load", "prompt_eval", "eval")]
    assert all(isinstance(part, int) for part in parts)
    assert 1_000_000 < sum(parts) <= answer["total_duration"]
    assert (answer["eval_count"], answer["done_reason"]) == (8, "length")


def test_the_count_of_the_prompt_includes_cached_tokens(chat: Chat) -> None:
    messages = [{"role": "user", "content": "ink is slow to dry " * 40}]
    first, second = (chat.answer(messages, tokens=1) for _ in range(2))
    assert first["prompt_eval_count"] == second["prompt_eval_count"] > 200
    assert second["prompt_eval_duration"] < first["prompt_eval_duration"] / 2


def test_it_stops_by_itself_or_at_a_given_text(chat: Chat) -> None:
    polite = [{"role": "user", "content": "Hi"}]
    whole = chat.answer(polite, tokens=40)
    assert whole["done_reason"] == "stop"
    text = whole["message"]["content"]
    stopped = chat.answer(polite, tokens=40, options={"stop": ["help", "assist"]})
    assert stopped["done_reason"] == "stop"
    assert stopped["message"]["content"] == text.partition("assist")[0].partition("help")[0]


def test_a_seed_repeats_an_answer(chat: Chat) -> None:
    options = {"temperature": 1.5, "top_k": 100, "top_p": 0.99}
    answers = [
        chat.answer(tokens=12, options=options | {"seed": seed})["message"]["content"]
        for seed in (7, 7, 8)
    ]
    assert answers[0] == answers[1] != answers[2]


def test_an_answer_continues_the_last_message_of_the_assistant(chat: Chat) -> None:
    started = [*FRANCE, {"role": "assistant", "content": "The capital of France is"}]
    assert "Paris" in chat.answer(started)["message"]["content"]


@pytest.mark.parametrize(
    "body",
    [
        {"options": {"unknown": 1}},
        {"messages": [{"role": "pirate", "content": "Hi"}]},
        {"messages": [{"role": "user", "content": ""}]},
        {"messages": [{"role": "user"}]},
        {"think": False},
        {"tools": []},
        {"format": ""},
        {"keep_alive": "5m"},
    ],
)
def test_it_is_lenient(chat: Chat, body: dict[str, object]) -> None:
    assert chat.post(body).status_code == 200


@pytest.mark.parametrize(
    ("body", "status", "error"),
    [
        ({"model": "nobody"}, 404, "model 'nobody' not found"),
        ({"model": ""}, 400, "model is required"),
        ({"model": "all-minilm"}, 400, '"all-minilm" does not support chat'),
        ({"think": True}, 400, f'"{MODEL}" does not support thinking'),
        ({"think": "high"}, 400, f'"{MODEL}" does not support thinking'),
        ({"tools": [{"type": "function"}]}, 400, f"{MODEL} does not support tools"),
        ({"options": {"num_ctx": "a"}}, 500, 'option "num_ctx" must be of type integer'),
        ({"options": {"seed": True}}, 500, 'option "seed" must be of type integer'),
        ({"options": {"top_p": []}}, 500, 'option "top_p" must be of type number'),
        ({"options": {"stop": [1]}}, 500, 'option "stop" must be of type array of strings'),
        ({"options": {"stop": "a"}}, 500, 'option "stop" must be of type array'),
        ({"top_logprobs": 21}, 400, "top_logprobs must be between 0 and 20"),
        ({"keep_alive": "soon"}, 400, 'time: invalid duration "soon"'),
    ],
)
@pytest.mark.parametrize("stream", [True, False])
def test_errors_before_the_answer(
    chat: Chat, body: dict[str, object], status: int, error: str, *, stream: bool
) -> None:
    response = chat.post({"stream": stream} | body)
    assert (response.status_code, response.json()) == (status, {"error": error})


def test_an_answer_follows_a_schema(chat: Chat) -> None:
    properties = {"capital": {"type": "string", "enum": ["Rome", "Paris"]}}
    schema = {"type": "object", "properties": properties, "required": ["capital"]}
    text = chat.answer(tokens=60, format=schema)["message"]["content"]
    assert '"capital"' in text
    assert "Rome" in text or "Paris" in text
    assert chat.answer(tokens=1, format="json")["message"]["content"].startswith("{")


@pytest.mark.parametrize(("form", "status"), [("xml", 500), ({"type": "rhyme"}, 400)])
def test_a_format_that_does_not_exist(chat: Chat, form: object, status: int) -> None:
    assert chat.ask(format=form).status_code == status


@pytest.mark.parametrize(
    "body",
    [
        {"options": {"stop": ["\ud800"]}},
        {"messages": [{"role": "user", "content": "\ud800"}]},
        {"format": {"type": "object", "properties": {"\ud800": {"type": "string"}}}},
    ],
)
def test_half_a_surrogate_pair_is_no_accident(chat: Chat, body: dict[str, object]) -> None:
    content = json.dumps({"model": MODEL, "stream": False, "options": {"num_predict": 1}} | body)
    response = chat.http.post("/api/chat", content=content)
    assert response.headers["content-type"] == "application/json"
    assert chat.answer(tokens=1)["done"]


def test_log_probabilities(chat: Chat) -> None:
    answer = chat.answer(tokens=3, logprobs=True, top_logprobs=2)
    found = answer["logprobs"]
    assert "".join(each["token"] for each in found) == answer["message"]["content"]
    assert all(list(each) == ["token", "logprob", "bytes", "top_logprobs"] for each in found)
    assert all(each["top_logprobs"][0]["token"] == each["token"] for each in found)
    assert [len(each["top_logprobs"]) for each in found] == [2, 2, 2]
    with chat.stream(tokens=2, logprobs=True) as lines:
        assert [len(line.get("logprobs", [])) for line in lines] == [1, 1, 0]


@pytest.mark.parametrize("name", ["smollm2", "smollm2:latest", "SmolLM2:135M"])
def test_the_python_client(server: Server, name: str) -> None:
    with ollama.Client(host=server.url) as client:
        parts = list(client.chat(name, FRANCE, stream=True, options={"num_predict": 2}))
    assert [part.done for part in parts] == [False, False, True]
    assert parts[-1].eval_count == 2
    assert {part.model for part in parts} == {name}

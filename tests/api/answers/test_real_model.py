"""Answers by a real, small model: what it writes is often wrong, but its citations are true."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.api.answers.conftest import DOCUMENTS
from tests.support import loopback
from tests.support.answer_stream import ask, last, opened, stream, text
from tests.support.databases import create_database
from tests.support.processes import api_and_worker, eventually


@pytest.fixture(scope="module")
def chatting_api(
    postgres_url: str,
    template: str,
    redis_url: str,
    ollama_url: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[str]:
    env = {
        "DATABASE_URL": create_database(postgres_url, "inkdex_real_chat", template),
        "REDIS_URL": redis_url,
        "OLLAMA_HOST": ollama_url,
        "CHAT_MODEL": "smollm2:135m",
        "EMBEDDING_MODEL": "all-minilm",
        "INKDEX_WORKER_METRICS_PORT": "0",
        "INKDEX_CHAT_CONTEXT_TOKENS": "2048",
    }
    with api_and_worker(env, tmp_path_factory.mktemp("real-chat")) as url:
        yield url


@pytest.fixture
def client(chatting_api: str) -> Iterator[httpx.Client]:
    with loopback.client(chatting_api, timeout=60) as client:
        yield client


def assert_true(answer: dict[str, Any]) -> None:
    """Assert that each citation of an answer is verbatim in its document."""
    for citation in answer["citations"]:
        assert answer["answer"][slice(*citation["at"])]
        if citation["verified"]:
            content = DOCUMENTS[citation["document"]]
            assert content[citation["start"] : citation["end"]] == citation["quote"]


def test_an_answer_is_streamed_measured_and_cached(client: httpx.Client, ink: str) -> None:
    events = stream(client, ink, max_tokens=24)
    assert events[0][0] == "sources"
    assert sum(name == "delta" for name, _ in events) > 3
    done = last(events)
    assert done["finish_reason"] in {"stop", "length", "not_in_documents"}
    assert done["model"] == "smollm2:135m"
    assert 60 < done["usage"]["prompt_tokens"] < 600
    timings = done["timings_ms"]
    assert 0 < timings["prefill"] < timings["total"]
    assert 0 < timings["first_token"] < timings["total"]
    again = ask(client, ink, max_tokens=24)
    assert (again["cache"], again["answer"]) == ("exact", text(events))
    assert_true(again)


@pytest.mark.parametrize(
    "question",
    ["What is the cat called?", "Which binder has oil paint?", "What is invoice RE-2024-00173?"],
)
def test_citations_are_verbatim(client: httpx.Client, ink: str, question: str) -> None:
    answer = ask(client, ink, question, max_tokens=48, cache="off")
    assert answer["answer"]
    assert_true(answer)


def test_a_client_that_leaves_frees_the_model(client: httpx.Client, ink: str) -> None:
    with opened(client, ink, max_tokens=1000, cache="off") as events:
        next(event for event in events if event[0] == "delta")
    eventually(lambda: client.get("/v1/ask/status").json()["running"] == 0, "it is free", 10)
    assert ask(client, ink, "What is the cat called?", max_tokens=4)["finish_reason"]


def test_a_prompt_over_the_context_names_what_is_left_out(client: httpx.Client, ink: str) -> None:
    sentence = "In chapter {n} the printer dries sheet number {n} with warm air for {n} seconds. "
    for number in range(6):
        content = "".join(sentence.format(n=100 * number + n) for n in range(80))
        client.put(
            f"/v1/documents/p{number}", params={"collection": ink}, json={"content": content}
        )
    client.get("/v1/documents/p5", params={"collection": ink, "wait": 30})
    question = "How does the printer dry the sheets?"
    history = [{"role": "user", "content": sentence * 40}]
    answer = ask(client, ink, question, sources=20, max_tokens=8, history=history)
    assert answer["left_out"]
    assert 500 < answer["usage"]["prompt_tokens"] < 2048
    assert answer["finish_reason"] in {"stop", "length", "not_in_documents"}

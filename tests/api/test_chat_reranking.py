"""Searches with rerank=true, with a chat model of Ollama as the reranker."""

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from shared.config import Settings
from tests.support import chat_answers, in_process, rerank_server
from tests.support.rerank_server import RerankServer

NUMBER = 14


@pytest.fixture
def server() -> Iterator[RerankServer]:
    with rerank_server.running() as server:
        server.behave = chat_answers.by_overlap
        yield server


@pytest.fixture
def client(settings: Settings, server: RerankServer) -> Iterator[TestClient]:
    """An API with documents, the worse of which share more words with the query."""
    chosen = {"ollama_query_host": chat_answers.host(server), "rerank_chat_model": "chat"}
    with in_process.client(settings.model_copy(update=chosen)) as client:
        for number in range(NUMBER):
            words = "dries" if number == NUMBER // 2 else "dries. " * (number + 1)
            params = {"collection": "c"}
            client.put(f"/v1/documents/n{number}", params=params, json={"content": f"Ink {words}"})
        yield client


def search(client: TestClient, **params: Any) -> dict[str, Any]:  # noqa: ANN401
    asked = {"q": "ink dries", "collection": "c", "mode": "text", "rerank": True, **params}
    found: dict[str, Any] = client.get("/v1/search", params=asked).raise_for_status().json()
    return found


def ids(found: dict[str, Any]) -> list[str]:
    return [hit["document"]["id"] for hit in found["hits"]]


def test_the_best_ten_are_reranked_and_the_rest_follow(
    client: TestClient, server: RerankServer
) -> None:
    plain = search(client, limit=50, rerank=False)
    assert server.bodies == []
    found = search(client, limit=50)
    assert found["reranked"] == {"count": 10, "of": 10, "reason": None}
    assert sorted(ids(found)[:10]) == sorted(ids(plain)[:10])
    assert ids(found)[10:] == ids(plain)[10:]
    scores = [hit["scores"]["rerank"] for hit in found["hits"]]
    assert scores[:10] == sorted(scores[:10], reverse=True)
    assert scores[10:] == [None] * (NUMBER - 10)
    assert search(client, offset=10)["reranked"] == {"count": 0, "of": 0, "reason": None}


def test_a_former_ollama_leaves_the_order_and_is_named(
    client: TestClient, server: RerankServer
) -> None:
    plain = search(client, rerank=False)
    server.behave = chat_answers.without_logprobs
    found = search(client)
    assert ids(found) == ids(plain)
    assert found["reranked"] == {"count": 0, "of": 10, "reason": "bad_answer"}

"""Searches with rerank=true, with a reranker on loopback."""

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from tests.support import rerank_server as servers
from tests.support.processes import eventually
from tests.support.rerank_server import Body, RerankServer

Put = Callable[..., dict[str, Any]]
NUMBER = 24


@pytest.fixture
def reranker(rerank_server: RerankServer) -> Iterator[RerankServer]:
    rerank_server.bodies.clear()
    yield rerank_server
    rerank_server.behave = servers.documents


@pytest.fixture
def library(put: Put) -> None:
    for n in range(NUMBER):
        put(f"note{n:02}", f"Ink {'dries ' * (n % 5 + 1)} as note {n} says.")


def search(client: httpx.Client, collection: str, **body: Any) -> dict[str, Any]:  # noqa: ANN401
    asked = {"q": "how does ink dry", "collection": collection, "rerank": True, **body}
    found: dict[str, Any] = client.post("/v1/search", json=asked).raise_for_status().json()
    return found


def ids(found: dict[str, Any]) -> list[str]:
    return [hit["document"]["id"] for hit in found["hits"]]


def by_number(body: Body) -> servers.Answer:
    """Score a text by the number in it."""
    scores = [float(text.split("note ")[1].split()[0]) for text in body["documents"]]
    return 200, {"results": [{"index": i, "relevance_score": s} for i, s in enumerate(scores)]}


@pytest.mark.usefixtures("library")
@pytest.mark.parametrize("mode", ["hybrid", "semantic", "text"])
def test_the_best_twenty_are_reranked_and_the_rest_follow(
    client: httpx.Client, collection: str, reranker: RerankServer, mode: str
) -> None:
    plain = search(client, collection, mode=mode, rerank=False, limit=50)
    assert plain["reranked"] is None
    assert {hit["scores"]["rerank"] for hit in plain["hits"]} == {None}
    assert reranker.bodies == []

    reranker.behave = by_number
    found = search(client, collection, mode=mode, limit=50)
    assert ids(found)[:20] == sorted(ids(plain)[:20], reverse=True)
    assert ids(found)[20:] == ids(plain)[20:]
    assert found["reranked"] == {"count": 20, "of": 20, "reason": None}
    assert found["hits"][0]["scores"]["rerank"] == float(ids(found)[0].removeprefix("note"))
    assert found["timings_ms"]["rerank"] > 0
    assert found["total"] == plain["total"]

    pages = [search(client, collection, mode=mode, limit=7, offset=n) for n in range(0, 28, 7)]
    assert [id_ for page in pages for id_ in ids(page)] == ids(found)
    assert pages[-1]["reranked"] == {"count": 0, "of": 0, "reason": None}


def test_the_passage_and_the_title_of_a_hit_are_sent(
    client: httpx.Client, collection: str, reranker: RerankServer, put: Put
) -> None:
    filler = "Nothing of interest stands in this sentence. " * 400
    put("long", f"{filler}A zyzzyva is a weevil. {filler}", title="Insects")
    query = '"a zyzzyva" -beetle'
    assert search(client, collection, q=query, mode="text")["reranked"]["of"] == 1
    (body,) = reranker.bodies
    assert body["query"] == "a zyzzyva"
    (text,) = body["documents"]
    assert text.startswith("Insects\n")
    assert "zyzzyva is a weevil" in text
    assert len(text) <= 2400


def test_a_search_that_finds_nothing_asks_no_reranker(
    client: httpx.Client, collection: str, reranker: RerankServer
) -> None:
    assert search(client, collection)["reranked"] == {"count": 0, "of": 0, "reason": None}
    assert reranker.bodies == []


@pytest.mark.usefixtures("library")
def test_a_failure_leaves_the_order_and_is_named(
    client: httpx.Client, collection: str, reranker: RerankServer
) -> None:
    plain = search(client, collection, rerank=False)
    reranker.behave = lambda _: (500, {})
    found = search(client, collection)
    assert ids(found) == ids(plain)
    assert found["reranked"] == {"count": 0, "of": 20, "reason": "server_error"}
    reranker.behave = by_number
    eventually(lambda: search(client, collection)["reranked"]["count"] == 20, "works again")

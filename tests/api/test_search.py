import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

Put = Callable[..., dict[str, Any]]


def search(client: httpx.Client, collection: str, **params: Any) -> dict[str, Any]:  # noqa: ANN401
    answer = client.get("/v1/search", params={"collection": collection, **params})
    found: dict[str, Any] = answer.raise_for_status().json()
    return found


def ids(found: dict[str, Any]) -> list[str]:
    return [hit["document"]["id"] for hit in found["hits"]]


@pytest.fixture
def library(put: Put) -> None:
    put("cat", "A kitten sleeps on the warm windowsill.", metadata={"legs": 4, "kind": "pet"})
    put("car", "The engine of this automobile needs new oil.", metadata={"wheels": 4})
    put("bread", "Knead the dough and bake it for an hour.", metadata={"kind": "food"})


@pytest.mark.usefixtures("library")
def test_by_meaning(client: httpx.Client, collection: str) -> None:
    found = search(client, collection, q="feline taking a nap", mode="semantic")
    assert ids(found)[0] == "cat"
    assert found["hits"][0]["ranks"] == {"semantic": 1, "text": None}
    assert found["degraded"] is None
    assert found["query_embedding"] == "computed"
    again = search(client, collection, q=" feline  taking a nap ", mode="semantic")
    assert again["query_embedding"] == "cached"
    assert ids(again) == ids(found)


@pytest.mark.usefixtures("library")
def test_by_words_of_which_any_may_match(client: httpx.Client, collection: str) -> None:
    found = search(client, collection, q="who bakes dough on Mars", mode="text")
    assert ids(found) == ["bread"]
    assert found["query_embedding"] == "none"
    assert "<mark>dough</mark>" in found["hits"][0]["snippet"]
    assert search(client, collection, q="the of and", mode="text")["hits"] == []


@pytest.mark.usefixtures("library")
def test_by_both(client: httpx.Client, collection: str) -> None:
    found = search(client, collection, q="automobile")
    assert ids(found)[0] == "car"
    assert found["hits"][0]["ranks"] == {"semantic": 1, "text": 1}
    assert set(ids(found)) == {"car", "cat", "bread"}
    assert len(ids(found)) == 3
    second = search(client, collection, q="automobile", limit=1, offset=1)
    assert ids(second) == ids(found)[1:2]
    body = {"q": "automobile", "collection": collection, "mode": "hybrid", "limit": 10}
    posted = client.post("/v1/search", json=body).json()
    assert posted["hits"] == found["hits"]


@pytest.mark.usefixtures("library")
@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        ({"kind": "pet"}, {"cat"}),
        ({"kind": {"ne": "pet"}}, {"car", "bread"}),
        ({"kind": {"in": ["pet", "food"]}}, {"cat", "bread"}),
        ({"kind": {"exists": False}}, {"car"}),
        ({"legs": {"gte": 4, "lt": 5}}, {"cat"}),
        ({"legs": {"gt": 4}}, set()),
        ({"legs": {"gt": "3"}}, set()),
        ({"kind": {"lte": "food"}}, {"bread"}),
        ({"legs": 4.0}, {"cat"}),
        ({"'; DROP TABLE documents; --": {"exists": False}}, {"cat", "car", "bread"}),
        ({}, {"cat", "car", "bread"}),
    ],
)
def test_filters(
    client: httpx.Client, collection: str, conditions: dict[str, Any], expected: set[str]
) -> None:
    for mode in ("hybrid", "semantic"):
        found = search(client, collection, q="anything", mode=mode, filter=json.dumps(conditions))
        assert set(ids(found)) == expected


def test_found_by_its_words_before_it_is_ready(client: httpx.Client, collection: str) -> None:
    client.post(
        "/v1/documents", json={"id": "a", "collection": collection, "content": "zyzzyva beetle"}
    )
    assert ids(search(client, collection, q="zyzzyva", mode="text")) == ["a"]


def test_only_mark_is_markup(client: httpx.Client, collection: str, put: Put) -> None:
    put("a", "<script>alert('wombat')</script> & <mark>fake</mark> wombat")
    snippet = search(client, collection, q="wombat")["hits"][0]["snippet"]
    assert "<script" not in snippet
    assert "<mark>wombat</mark>" in snippet
    assert "<mark>fake" not in snippet


@pytest.mark.parametrize(
    "query",
    [
        "'",
        '"',
        "a & | ! ( ) : * <->",
        "\\",
        "%s %(q)s {0}",
        "<b>",
        "🙂",
        "中文",
        "a" * 10_000,
        "-x",
    ],
)
def test_no_query_breaks_it(client: httpx.Client, collection: str, put: Put, query: str) -> None:
    put("a", "text")
    for mode in ("text", "hybrid"):
        search(client, collection, q=query, mode=mode)

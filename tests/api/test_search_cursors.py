"""Pages of a search by `cursor`, over HTTP."""

import base64
import json
from typing import Any

import httpx
import pytest
import redis

from shared.adapters.redis.order_store import PREFIX

Body = dict[str, Any]
NUMBER = 23
QUERY = "how does a numbat dry"


@pytest.fixture
def library(client: httpx.Client, collection: str) -> None:
    lines = [
        {
            "id": f"note{n:02}",
            "title": f"Tarsier {n}",
            "content": f"Numbat {'dries ' * (n % 5 + 1)} as note {n} says.",
            "metadata": {"parity": n % 2},
        }
        for n in range(NUMBER)
    ]
    params = {"collection": collection}
    client.post("/v1/documents/bulk", params=params, json=lines).raise_for_status()


def ask(client: httpx.Client, collection: str, **body: Any) -> httpx.Response:  # noqa: ANN401
    asked = {"q": QUERY, "collection": collection, "mode": "text", **body}
    return client.post("/v1/search", json=asked)


def search(client: httpx.Client, collection: str, **body: Any) -> Body:  # noqa: ANN401
    found: Body = ask(client, collection, **body).raise_for_status().json()
    return found


def ids(found: Body) -> list[str]:
    return [hit["document"]["id"] for hit in found["hits"]]


def without_state(hit: Body) -> Body:
    """Return a hit without the status, which a worker may change between two pages."""
    return hit | {"document": hit["document"] | {"status": None}}


@pytest.mark.usefixtures("library")
def test_a_cursor_leads_from_page_to_page_by_get_and_by_post(
    client: httpx.Client, collection: str
) -> None:
    parity = {"parity": 1}
    everything = search(client, collection, limit=100, filter=parity)
    assert everything["next_cursor"] is None
    page = search(client, collection, limit=3, filter=parity, cursor="start", facets=["parity"])
    assert page["facets"] == {"parity": [{"value": 1, "count": NUMBER // 2}]}
    hits = list(page["hits"])
    params = {
        "q": QUERY,
        "collection": collection,
        "mode": "text",
        "filter": json.dumps(parity),
        "facets": "parity",
    }
    while page["next_cursor"]:
        by_url = {**params, "limit": 4, "cursor": page["next_cursor"]}
        page = client.get("/v1/search", params=by_url).raise_for_status().json()
        assert page["total"] == everything["total"]
        assert page["facets"] is None
        hits += page["hits"]
    assert list(map(without_state, hits)) == list(map(without_state, everything["hits"]))


@pytest.mark.usefixtures("library")
def test_a_cursor_may_be_used_again(client: httpx.Client, collection: str) -> None:
    first = search(client, collection, limit=5, cursor="start")
    second, again = (
        search(client, collection, limit=5, cursor=first["next_cursor"]) for _ in range(2)
    )
    assert ids(second) == ids(again)
    assert second["next_cursor"] == again["next_cursor"]


@pytest.mark.usefixtures("library")
def test_a_further_page_shows_documents_as_they_are(client: httpx.Client, collection: str) -> None:
    order = ids(search(client, collection, limit=100))
    page = search(client, collection, limit=5, cursor="start")
    params = {"collection": collection}
    client.delete(f"/v1/documents/{order[5]}", params=params).raise_for_status()
    body = {"content": "A numbat of today."}
    client.put(f"/v1/documents/{order[6]}", params=params, json=body).raise_for_status()
    client.put("/v1/documents/other", params=params, json={"content": QUERY}).raise_for_status()
    page = search(client, collection, limit=3, cursor=page["next_cursor"])
    assert ids(page) == order[6:8]
    assert page["hits"][0]["snippet"] == "A <mark>numbat</mark> of today."
    page = search(client, collection, limit=100, cursor=page["next_cursor"])
    assert ids(page) == order[8:]


@pytest.mark.usefixtures("library")
def test_a_cursor_of_another_search_says_what_to_do(client: httpx.Client, collection: str) -> None:
    cursor = search(client, collection, limit=5, cursor="start")["next_cursor"]
    answer = ask(client, collection, q="something else", cursor=cursor)
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert error["path"] == ["cursor"]
    assert "repeat the fields of its first request" in error["message"]


def test_an_order_that_is_not_kept_has_expired(client: httpx.Client, collection: str) -> None:
    cursor = base64.urlsafe_b64encode(bytes(18)).decode()
    answer = ask(client, collection, cursor=cursor)
    assert answer.status_code == 410
    assert answer.json()["type"] == "urn:inkdex:cursor-expired"
    assert "cursor=start" in answer.json()["detail"]


@pytest.mark.parametrize(
    "cursor",
    ["", "Start", "x", "AAAA", "A" * 28, "é" * 24, "A" * 101, "A" * 23 + "\n", "%00", " start"],
)
def test_what_is_no_cursor_is_refused(client: httpx.Client, collection: str, cursor: str) -> None:
    params = {"q": "ink", "collection": collection, "cursor": cursor}
    by_get = client.get("/v1/search", params=params)
    for answer in (by_get, ask(client, collection, cursor=cursor)):
        assert answer.status_code == 422
        assert "cursor" in answer.json()["errors"][0]["path"]


@pytest.mark.parametrize("fields", [{"offset": 1}, {"rerank": True}, {"limit": 0}])
def test_a_cursor_excludes_other_ways_to_order_pages(
    client: httpx.Client, collection: str, fields: Body
) -> None:
    answer = ask(client, collection, cursor="start", **fields)
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert error["path"] == list(fields)
    assert "cannot be combined with cursor" in error["message"]


@pytest.mark.usefixtures("library")
def test_redis_holds_no_text_of_the_search(
    client: httpx.Client, collection: str, redis_url: str
) -> None:
    parity = {"parity": 1}
    assert search(client, collection, limit=3, filter=parity, cursor="start")["next_cursor"]
    with redis.Redis.from_url(redis_url) as server:
        entries: list[Any] = [server.get(name) for name in server.keys(f"{PREFIX}*:*")]
    assert entries
    for word in (b"numbat", b"tarsier", b"parity", b"note0", collection.encode()):
        assert all(word not in entry.lower() for entry in entries)

"""Collections are created, described, renamed and deleted."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.support.processes import eventually

Put = Callable[..., dict[str, Any]]
PATH = "/v1/collections"


@pytest.fixture
def path(collection: str) -> str:
    return f"{PATH}/{collection}"


def test_an_empty_collection_is_created_and_described(client: httpx.Client, path: str) -> None:
    created = client.put(path, json={"description": "Notes"})
    assert created.status_code == 201
    assert created.json()["description"] == "Notes"
    assert created.json()["documents"]["total"] == 0
    assert client.get(path).json() == created.json()
    assert client.put(path, json={"description": "Letters"}).status_code == 200
    assert client.patch(path, json={"description": None}).json()["description"] is None
    assert client.patch(path, json={}).status_code == 200


@pytest.mark.parametrize(
    ("method", "body", "field"),
    [
        ("PUT", {"description": "x" * 2001}, "description"),
        ("PUT", {"description": "a\0b"}, "description"),
        ("PUT", {"chunk_tokens": 1}, "chunk_tokens"),
        ("PUT", {"tokenizer": "de"}, "tokenizer"),
        ("PUT", {"model": "no-such-model"}, "model"),
        ("PATCH", {"name": None}, "name"),
        ("PATCH", {"name": ".."}, "name"),
        ("PATCH", {"model": "all-minilm"}, "model"),
    ],
    ids=["long", "nul", "small-chunks", "unknown", "no-model", "no-name", "dots", "patched-model"],
)
def test_what_is_not_valid_is_refused(
    client: httpx.Client, path: str, method: str, body: dict[str, Any], field: str
) -> None:
    client.put(path, json={})
    answer = client.request(method, path, json=body)
    assert answer.status_code == 422, answer.text
    assert field in answer.text


def test_an_empty_collection_gets_another_model(
    client: httpx.Client, collection: str, path: str, put: Put
) -> None:
    created = client.put(path, json={"chunk_tokens": 64})
    assert created.json()["model"]["chunk_tokens"] == 64
    put("a", "ink dries")
    assert client.put(path, json={"chunk_tokens": 64}).status_code == 200
    refused = client.put(path, json={"chunk_tokens": 96})
    assert (refused.status_code, refused.json()["type"]) == (
        409,
        "urn:inkdex:collection-not-empty",
    )
    assert "migrations" in refused.json()["detail"]
    found = client.get("/v1/search", params={"q": "ink", "collection": collection}).json()
    assert found["hits"][0]["ranks"]["semantic"] == 1


def test_a_renamed_collection_is_found_under_its_new_name(
    client: httpx.Client, collection: str, path: str, put: Put
) -> None:
    put("a", "ink dries")
    client.put(path, json={"description": "Notes"})
    to = f"{collection} anew"
    renamed = client.patch(path, json={"name": to})
    assert (renamed.status_code, renamed.json()["name"]) == (200, to)
    assert renamed.json()["description"] == "Notes"
    assert renamed.json()["documents"] == {"total": 1, "pending": 0, "ready": 1, "failed": 0}
    assert client.get(path).status_code == 404
    for name, number in ((collection, 0), (to, 1)):
        found = client.get("/v1/search", params={"q": "ink", "collection": name}).json()
        assert len(found["hits"]) == number
    put("b", "another")
    taken = client.patch(path, json={"name": to})
    assert (taken.status_code, taken.json()["type"]) == (409, "urn:inkdex:collection-exists")


def test_a_cursor_from_before_shows_nothing_of_a_deleted_collection(
    client: httpx.Client, collection: str, path: str, put: Put
) -> None:
    for n in range(3):
        put(f"d{n}", f"ink dries {n}")
    body = {"q": "ink", "collection": collection, "cursor": "start", "limit": 1}
    first = client.post("/v1/search", json=body).json()
    assert client.delete(path).status_code == 202
    answer = client.post("/v1/search", json=body | {"cursor": first["next_cursor"]})
    assert answer.json()["hits"] == []


def test_a_cursor_from_before_a_rename_shows_nothing_under_the_new_name(
    client: httpx.Client, collection: str, path: str, put: Put
) -> None:
    for n in range(3):
        put(f"d{n}", f"ink dries {n}")
    body = {"q": "ink", "collection": collection, "cursor": "start", "limit": 1}
    first = client.post("/v1/search", json=body).json()
    client.patch(path, json={"name": f"{collection}-private"}).raise_for_status()
    answer = client.post("/v1/search", json=body | {"cursor": first["next_cursor"]})
    assert answer.json()["hits"] == []


def test_a_deleted_collection_is_gone_at_once_and_can_be_made_anew(
    client: httpx.Client, collection: str, path: str, put: Put
) -> None:
    put("a", "ink dries")
    put("b", "paper stays")
    assert client.delete(path).status_code == 202
    assert client.get(path).status_code == 404
    assert client.delete(path).status_code == 404
    where = {"collection": collection}
    assert client.get("/v1/documents", params=where).json()["items"] == []
    assert client.get("/v1/documents/a", params=where).status_code == 404
    for mode in ("text", "semantic"):
        found = client.get("/v1/search", params={"q": "ink", "mode": mode, **where}).json()
        assert found["hits"] == []
    assert put("a", "ink dries again")["status"] == "ready"
    eventually(
        lambda: client.get(path).json()["documents"]["total"] == 1, "the new one is left", 10
    )
    found = client.get("/v1/search", params={"q": "ink", **where}).json()
    assert [hit["document"]["id"] for hit in found["hits"]] == ["a"]


def test_each_change_is_audited(client: httpx.Client, collection: str, path: str, put: Put) -> None:
    put("a", "ink")
    client.patch(path, json={"name": f"{collection}-2"}).raise_for_status()
    client.delete(f"{path}-2").raise_for_status()
    entries = client.get("/v1/audit").json()["items"]
    done = [each for each in entries if each["target"].startswith(collection)]
    assert [each["action"] for each in done][:2] == ["collection.delete", "collection.rename"]
    assert done[1]["detail"] == {"to": f"{collection}-2", "documents": 1}

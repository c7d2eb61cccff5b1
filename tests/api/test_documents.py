"""Create, read, change, list, delete and retry documents."""

import base64
import uuid
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import httpx
import pytest

URL = "/v1/documents"
Put = Callable[..., dict[str, Any]]


def test_new_document_is_returned_at_once_and_becomes_ready(client: httpx.Client) -> None:
    answer = client.post(URL, json={"content": "Ink dries.", "metadata": {"lang": "en"}})
    assert answer.status_code == 201
    created = answer.json()
    assert uuid.UUID(created["id"]).version == 7
    assert (created["status"], created["version"], created["lane"]) == ("pending", 1, "interactive")
    assert (created["error"], created["embedding"], created["ready_at"]) == (None, None, None)
    assert created["content_hash"].startswith("sha256:")
    assert answer.headers["etag"] == '"1"'
    assert answer.headers["location"] == f"{URL}/{created['id']}"
    ready = client.get(answer.headers["location"], params={"wait": 20}).json()
    assert ready["status"] == "ready"
    assert ready["embedding"] == {
        "model": "all-minilm",
        "dimensions": 384,
        "chunks": 1,
        "version": 1,
    }
    assert ready["ready_at"] is not None
    assert ready["ready_at"].endswith("Z")


def test_existing_id_is_a_conflict(client: httpx.Client, collection: str) -> None:
    body = {"id": "a", "collection": collection, "content": "x"}
    assert client.post(URL, json=body).status_code == 201
    again = client.post(URL, json=body)
    assert again.status_code == 409
    assert again.headers["content-type"] == "application/problem+json"
    assert again.json()["type"] == "urn:inkdex:document-exists"
    other = {**body, "collection": f"{collection}-other"}
    assert client.post(URL, json=other).status_code == 201


@pytest.mark.parametrize(
    "id_", ["a b", "a/b", "a\nb\n", "äöü", "🙂", "%", "a?b#c", "x" * 255, "retry", "bulk"]
)
def test_any_id_can_be_addressed(client: httpx.Client, collection: str, id_: str) -> None:
    params = {"collection": collection}
    created = client.put(f"{URL}/{quote(id_, safe='')}", params=params, json={"content": "x"})
    assert created.status_code == 201
    assert created.json()["id"] == id_
    read = client.get(created.headers["location"])
    assert read.status_code == 200
    assert read.json()["id"] == id_
    retried = client.post(f"{URL}/{quote(id_, safe='')}/retry", params=params)
    assert retried.status_code == 202
    assert client.delete(created.headers["location"]).status_code == 204


def test_put_creates_keeps_or_replaces_a_document(
    client: httpx.Client, collection: str, put: Put
) -> None:
    ready = put("a", "one", title="T")
    assert ready["status"] == "ready"
    params = {"collection": collection}
    same = client.put(f"{URL}/a", params=params, json={"content": "one", "title": "T"})
    assert same.status_code == 200
    assert same.json() == ready
    changed = client.put(f"{URL}/a", params=params, json={"content": "two"}).json()
    assert (changed["status"], changed["version"], changed["title"]) == ("pending", 2, None)
    assert changed["embedding"]["version"] == 1
    assert changed["ready_at"] is None


def test_patch_merges_and_embeds_only_changed_texts(
    client: httpx.Client, collection: str, put: Put
) -> None:
    put("a", "one", title="T", metadata={"keep": 1, "drop": 2, "deep": {"x": 1, "y": 2}})
    params = {"collection": collection}
    patch = {"metadata": {"drop": None, "deep": {"y": None}, "new": [1]}}
    answer = client.patch(
        f"{URL}/a",
        params=params,
        json=patch,
        headers={"content-type": "application/merge-patch+json"},
    ).json()
    assert answer["metadata"] == {"keep": 1, "deep": {"x": 1}, "new": [1]}
    assert (answer["status"], answer["version"], answer["content"]) == ("ready", 2, "one")
    untitled = client.patch(f"{URL}/a", params=params, json={"title": None}).json()
    assert (untitled["title"], untitled["status"]) == (None, "pending")
    emptied = client.patch(f"{URL}/a", params=params, json={"metadata": None}).json()
    assert emptied["metadata"] == {}
    no_content = client.patch(f"{URL}/a", params=params, json={"content": None})
    assert no_content.status_code == 422
    assert client.patch(f"{URL}/none", params=params, json={}).status_code == 404


def test_deleted_document_is_gone_from_api_and_search(
    client: httpx.Client, collection: str, put: Put
) -> None:
    put("a", "a very particular wombat")
    params = {"collection": collection}
    found = client.get("/v1/search", params={**params, "q": "wombat"}).json()["hits"]
    assert [hit["document"]["id"] for hit in found] == ["a"]
    assert client.delete(f"{URL}/a", params=params).status_code == 204
    assert client.get("/v1/search", params={**params, "q": "wombat"}).json()["hits"] == []
    assert client.get(f"{URL}/a", params=params).status_code == 404
    assert client.delete(f"{URL}/a", params=params).status_code == 404


def test_etags_prevent_lost_updates(client: httpx.Client, collection: str) -> None:
    params = {"collection": collection}

    def put(content: str, **headers: str) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return client.put(f"{URL}/a", params=params, json={"content": content}, headers=named)

    assert put("x", if_match='"1"').status_code == 412
    assert put("x", if_match="*").status_code == 412
    assert put("x", if_none_match="*").status_code == 201
    assert put("x", if_none_match="*").status_code == 412
    assert put("y", if_match='"1"').headers["etag"] == '"2"'
    assert put("z", if_match='"1"').status_code == 412
    assert put("z", if_match='"nonsense"').status_code == 412
    assert put("z", if_match="*").headers["etag"] == '"3"'
    known = client.get(f"{URL}/a", params=params, headers={"if-none-match": '"3"'})
    assert (known.status_code, known.content) == (304, b"")
    older = client.get(f"{URL}/a", params=params, headers={"if-none-match": '"2"'})
    assert older.status_code == 200
    stale = {"if-match": '"2"'}
    patch = client.patch(f"{URL}/a", params=params, json={"title": "t"}, headers=stale)
    assert patch.status_code == 412
    assert client.delete(f"{URL}/a", params=params, headers=stale).status_code == 412
    assert client.delete(f"{URL}/a", params=params, headers={"if-match": '"3"'}).status_code == 204


def test_list_is_newest_first_and_paginated(client: httpx.Client, collection: str) -> None:
    for n in range(5):
        client.put(f"{URL}/d{n}", params={"collection": collection}, json={"content": f"n {n}"})
    params: dict[str, Any] = {"collection": collection, "limit": 2}
    seen, pages = [], 0
    while True:
        page = client.get(URL, params=params).json()
        seen += [item["id"] for item in page["items"]]
        pages += 1
        if page["next_cursor"] is None:
            break
        params["cursor"] = page["next_cursor"]
    assert (seen, pages) == (["d4", "d3", "d2", "d1", "d0"], 3)
    client.get(f"{URL}/d0", params={"collection": collection, "wait": 20})
    ready = client.get(URL, params={"collection": collection, "status": "ready"}).json()["items"]
    assert "d0" in [item["id"] for item in ready]
    failed = client.get(URL, params={"collection": collection, "status": "failed"}).json()
    assert failed == {"items": [], "next_cursor": None}
    for cursor in ("x", "!!", base64.urlsafe_b64encode(b"\xff" * 8).decode()):
        answer = client.get(URL, params={"collection": collection, "cursor": cursor})
        assert answer.status_code == 422


def test_page_of_large_documents_is_shorter(client: httpx.Client, collection: str) -> None:
    params: dict[str, Any] = {"collection": collection}
    for n in range(10):
        content = f"{n}{' ' * 999_999}"  # large, but quick to index and to embed
        client.put(f"{URL}/d{n}", params=params, json={"content": content}).raise_for_status()
    page = client.get(URL, params=params).json()
    assert 1 <= len(page["items"]) < 10
    found = [each["id"] for each in page["items"]]
    while page["next_cursor"]:
        page = client.get(URL, params={**params, "cursor": page["next_cursor"]}).json()
        found += [each["id"] for each in page["items"]]
    assert found == [f"d{n}" for n in reversed(range(10))]
    for n in range(10):
        client.delete(f"{URL}/d{n}", params=params)


def test_retry_changes_only_failed_documents(
    client: httpx.Client, collection: str, put: Put
) -> None:
    ready = put("a", "fine")
    params = {"collection": collection}
    answer = client.post(f"{URL}/a/retry", params=params)
    assert (answer.status_code, answer.json()) == (202, ready)
    every = client.post(f"{URL}/retry", params={**params, "status": "failed"})
    assert (every.status_code, every.json()) == (202, {"retried": 0})
    assert client.post(f"{URL}/retry", params={**params, "status": "ready"}).status_code == 422
    assert client.post(f"{URL}/none/retry", params=params).status_code == 404


def test_title_is_part_of_the_content_hash(collection: str, put: Put) -> None:
    bare, titled = put("a", "same"), put("b", "same", title="t")
    assert bare["content_hash"] != titled["content_hash"]
    assert collection == bare["collection"]

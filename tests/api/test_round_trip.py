"""What a GET returns can be sent again as it is."""

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from shared.domain.documents.document import READ_ONLY_FIELDS

DOCUMENTS = "/v1/documents"
BULK = f"{DOCUMENTS}/bulk"
NDJSON = {"content-type": "application/x-ndjson"}
JSON = {"content-type": "application/json"}

Document = dict[str, Any]
Put = Callable[..., Document]


@pytest.fixture
def page(client: httpx.Client, collection: str, put: Put) -> httpx.Response:
    put("a/1", "Ink dries.", title="On ink", metadata={"large": 2**60, "tags": ["x", None]})
    put("b", "Paper yellows, [or] {not}.")
    return client.get(DOCUMENTS, params={"collection": collection, "limit": 1})


def written(document: Document) -> Document:
    return {name: value for name, value in document.items() if name not in READ_ONLY_FIELDS}


def all_items(client: httpx.Client, collection: str) -> list[Document]:
    items: list[Document] = client.get(DOCUMENTS, params={"collection": collection}).json()["items"]
    return items


def test_items_are_unchanged_in_their_own_collection(
    client: httpx.Client, collection: str, page: httpx.Response
) -> None:
    assert page.is_success
    items = all_items(client, collection)
    for body in (
        {"json": items},
        {"content": "\n".join(map(json.dumps, items)), "headers": NDJSON},
    ):
        report = client.post(BULK, **body).json()
        assert (report["accepted"], report["unchanged"], report["rejected"]) == (0, 2, [])
    for item in items:
        answer = client.put(
            f"{DOCUMENTS}/{item['id']}", json=item, params={"collection": collection}
        )
        assert answer.json() == item


def test_items_restore_deleted_documents(
    client: httpx.Client, collection: str, page: httpx.Response
) -> None:
    assert page.is_success
    items = all_items(client, collection)
    for item in items:
        client.delete(f"{DOCUMENTS}/{item['id']}", params={"collection": collection})
    assert all_items(client, collection) == []
    assert client.post(BULK, json=items).json()["accepted"] == 2
    restored = {each["id"]: written(each) for each in all_items(client, collection)}
    assert restored == {each["id"]: written(each) for each in items}


def test_a_whole_page_is_read_with_its_fields_in_any_order(
    client: httpx.Client, collection: str, page: httpx.Response
) -> None:
    value = page.json()
    assert value["next_cursor"]
    turned = dict(reversed(value.items()))
    for raw in (page.content, json.dumps(value, indent=2), json.dumps(turned)):
        report = client.post(BULK, content=raw, headers=JSON).json()
        assert (report["accepted"], report["unchanged"], report["rejected"]) == (0, 1, [])
    # One byte at a time: the start of the page is recognised across chunks.
    chunks = (bytes([byte]) for byte in page.content)
    assert client.post(BULK, content=chunks, headers=JSON).json()["unchanged"] == 1
    assert {each["id"] for each in all_items(client, collection)} == {"a/1", "b"}


@pytest.mark.parametrize(
    "raw", ["{}", '{"items": 1}', '{"documents": []}', "", " ", "7", '{"x": "' + "y" * 2000]
)
def test_other_bodies_are_no_array(client: httpx.Client, raw: str) -> None:
    answer = client.post(BULK, content=raw, headers=JSON)
    assert answer.status_code == 422
    assert answer.json()["detail"] == "body: must be a JSON array of documents"


def test_items_go_to_another_collection_if_they_name_it(
    client: httpx.Client, collection: str, page: httpx.Response
) -> None:
    assert page.is_success
    copy = f"{collection}-copy"
    items = [each | {"collection": copy} for each in all_items(client, collection)]
    assert client.post(BULK, json=items).json()["accepted"] == 2
    assert {each["id"] for each in all_items(client, copy)} == {"a/1", "b"}


def test_only_the_fields_that_inkdex_sets_are_ignored(
    client: httpx.Client, collection: str, put: Put
) -> None:
    stored = put("a", "Ink dries.")
    assert set(stored) - READ_ONLY_FIELDS == {"id", "collection", "title", "content", "metadata"}
    answer = client.post(BULK, json=[stored | {"state": "ready"}])
    assert "unknown field 'state'" in answer.json()["rejected"][0]["error"]
    elsewhere = client.put(f"{DOCUMENTS}/a", json=stored, params={"collection": "other"})
    assert elsewhere.status_code == 422
    patch = client.patch(
        f"{DOCUMENTS}/a", json={"status": "ready"}, params={"collection": collection}
    )
    assert patch.status_code == 422

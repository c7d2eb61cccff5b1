"""Documents that are similar to a given one."""

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

Put = Callable[..., dict[str, Any]]
TEXTS = {
    "cat": "A kitten sleeps on the warm windowsill.",
    "dog": "A puppy naps on the sunny carpet.",
    "car": "The engine of this automobile needs new oil.",
    "truck": "The motor of the lorry leaks oil.",
}


@pytest.fixture
def library(put: Put) -> None:
    for id_, content in TEXTS.items():
        put(id_, content, metadata={"legs": 4} if id_ in {"cat", "dog"} else {"wheels": 4})


def similar(client: httpx.Client, path: str, **params: Any) -> dict[str, Any]:  # noqa: ANN401
    answer = client.get(f"/v1/documents/{path}/similar", params=params)
    found: dict[str, Any] = answer.raise_for_status().json()
    return found


def ids(found: dict[str, Any]) -> list[str]:
    return [hit["document"]["id"] for hit in found["hits"]]


@pytest.mark.usefixtures("library")
def test_the_nearest_in_meaning_come_first_without_the_document_itself(
    client: httpx.Client, collection: str
) -> None:
    found = similar(client, "cat", collection=collection)
    assert ids(found)[0] == "dog"
    assert set(ids(found)) == {"dog", "car", "truck"}
    assert found["total"] == {"count": 3, "exact": True}
    best = found["hits"][0]
    assert best["snippet"] == TEXTS["dog"]
    assert best["ranks"] == {"semantic": 1, "text": None}
    assert best["nearest"]["similarity"] == best["scores"]["semantic"]
    pages = [similar(client, "cat", collection=collection, limit=1, offset=n) for n in range(4)]
    assert [id_ for page in pages for id_ in ids(page)] == ids(found)


@pytest.mark.usefixtures("library")
def test_a_filter_limits_similar_documents(client: httpx.Client, collection: str) -> None:
    conditions = json.dumps({"wheels": 4})
    found = similar(client, "cat", collection=collection, filter=conditions)
    assert set(ids(found)) == {"car", "truck"}


@pytest.mark.usefixtures("library")
def test_other_collections_can_be_searched(client: httpx.Client, collection: str, put: Put) -> None:
    put("copy", TEXTS["cat"])
    there = {"collection": collection, "target": f"{collection}-empty"}
    assert ids(similar(client, "cat", **there)) == []
    everywhere = similar(client, "cat", collection=collection, target="*", limit=1)
    assert everywhere["hits"][0]["scores"]["semantic"] == pytest.approx(1, abs=0.001)


def test_a_long_document_is_compared_as_a_whole(
    client: httpx.Client, collection: str, put: Put
) -> None:
    put("cat", TEXTS["cat"])
    put("car", TEXTS["car"])
    put("long", "\n\n".join([TEXTS["car"] * 30, TEXTS["truck"] * 30, TEXTS["cat"]]))
    assert ids(similar(client, "long", collection=collection)) == ["car", "cat"]


def test_there_must_be_such_a_document(client: httpx.Client, collection: str) -> None:
    answer = client.get("/v1/documents/none/similar", params={"collection": collection})
    assert answer.status_code == 404
    assert answer.json()["type"] == "urn:inkdex:document-not-found"


def test_unknown_parameters_are_named(client: httpx.Client) -> None:
    answer = client.get("/v1/documents/none/similar", params={"mode": "text"})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["path"] == ["query", "mode"]


def test_an_id_that_ends_alike_names_a_document_if_its_slash_is_encoded(
    client: httpx.Client, collection: str
) -> None:
    body = {"id": "docs/similar", "collection": collection, "content": "A page about likeness."}
    created = client.post("/v1/documents", json=body)
    location = created.raise_for_status().headers["Location"]
    assert "docs%2Fsimilar" in location
    assert client.get(location).raise_for_status().json()["id"] == "docs/similar"

"""A collection has a language, for documents that name none."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.support.processes import eventually

Put = Callable[..., dict[str, Any]]
HOUSES = "Die Häuser am See."


@pytest.fixture
def path(collection: str) -> str:
    return f"/v1/collections/{collection}"


def found(client: httpx.Client, collection: str, text: str) -> list[str]:
    params = {"q": text, "collection": collection, "mode": "text"}
    hits = client.get("/v1/search", params=params).raise_for_status().json()["hits"]
    return sorted(hit["document"]["id"] for hit in hits)


@pytest.mark.parametrize("language", ["de", "de-AT", "deu", "German", "german"])
def test_each_way_to_name_a_language_is_shown_as_one(
    client: httpx.Client, collection: str, path: str, language: str
) -> None:
    assert client.put(path, json={"language": language}).json()["language"] == "german"
    items = client.get("/v1/collections", params={"limit": 200}).json()["items"]
    assert [each["language"] for each in items if each["name"] == collection] == ["german"]
    assert client.put(path, json={"description": "Notizen"}).json()["language"] == "german"
    removed = client.patch(path, json={"language": None}).json()
    assert (removed["language"], removed["description"]) == (None, "Notizen")


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
@pytest.mark.parametrize("language", ["Klingon", "d", "xx-AT", "de\0"], ids=repr)
def test_an_unknown_language_is_refused(
    client: httpx.Client, path: str, method: str, language: str
) -> None:
    client.put(path, json={"language": "fr"})
    refused = client.request(method, path, json={"language": language})
    assert refused.status_code == 422
    (error,) = refused.json()["errors"]
    assert "`de-AT`" in str(error)
    assert client.get(path).json()["language"] == "french"


def test_a_document_without_a_language_has_that_of_its_collection(
    client: httpx.Client, collection: str, path: str, put: Put
) -> None:
    client.put(path, json={"language": "de"}).raise_for_status()
    put("a", HOUSES)
    put("own", "Two houses.", metadata={"lang": "en"})
    assert found(client, collection, "Haus") == ["a"]
    assert found(client, collection, "house") == ["own"]


def test_documents_are_found_in_a_new_language_and_nothing_is_embedded(
    client: httpx.Client, collection: str, path: str, put: Put
) -> None:
    before = put("a", HOUSES)
    assert found(client, collection, "Haus") == []
    client.patch(path, json={"language": "de"}).raise_for_status()
    eventually(lambda: found(client, collection, "Haus") == ["a"], "it is lexed again", 30)
    where = {"collection": collection}
    assert client.get("/v1/documents/a", params=where).json() == before

"""The list of collections."""

from collections.abc import Callable
from typing import Any

import httpx

Put = Callable[..., dict[str, Any]]


def test_collections_are_listed_by_name(client: httpx.Client, collection: str, put: Put) -> None:
    put("a", "one")
    put("b", "two")
    names = [item["name"] for item in client.get("/v1/collections").json()["items"]]
    assert names == sorted(set(names))
    assert collection in names


def test_a_collection_is_read_by_its_name(client: httpx.Client, collection: str, put: Put) -> None:
    put("a", "one")
    listed = client.get("/v1/collections").json()["items"]
    expected = next(item for item in listed if item["name"] == collection)
    assert client.get(f"/v1/collections/{collection}").json() == expected
    assert client.get("/v1/collections/no documents").json()["model"] == expected["model"]

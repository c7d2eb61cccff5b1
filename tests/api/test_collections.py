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

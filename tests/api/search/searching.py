"""Searches by the URL."""

from collections.abc import Callable
from typing import Any

import httpx

Put = Callable[..., dict[str, Any]]


def search(client: httpx.Client, collection: str, **params: Any) -> dict[str, Any]:  # noqa: ANN401
    answer = client.get("/v1/search", params={"collection": collection, **params})
    found: dict[str, Any] = answer.raise_for_status().json()
    return found


def ids(found: dict[str, Any]) -> list[str]:
    return [hit["document"]["id"] for hit in found["hits"]]

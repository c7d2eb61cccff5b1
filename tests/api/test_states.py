"""States of many documents in one request."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

URL = "/v1/documents/states"


def test_states_of_documents_that_exist(
    client: httpx.Client, collection: str, put: Callable[..., Any]
) -> None:
    put("a", "Ink dries.")
    put("b", "Paper yellows.")
    body = {"ids": ["a", "b", "missing", "a"]}
    items = client.post(URL, params={"collection": collection}, json=body).json()["items"]
    ready = {"status": "ready", "error_code": None, "error_message": None}
    assert sorted(items, key=lambda item: item["id"]) == [
        {"id": "a", **ready},
        {"id": "b", **ready},
    ]
    assert client.post(URL, json={"ids": ["a"], "collection": "other"}).json() == {"items": []}
    assert client.post(URL, json={"ids": []}).json() == {"items": []}


@pytest.mark.parametrize(
    "body",
    [{}, {"ids": ["\0"]}, {"ids": ["x"] * 1001}, {"ids": [""]}, {"ids": [1]}, {"ids": ["."]}],
)
def test_invalid_ids_are_refused(client: httpx.Client, body: dict[str, Any]) -> None:
    assert client.post(URL, json=body).status_code == 422


def test_a_document_can_have_the_name_of_the_route(
    client: httpx.Client, collection: str, put: Callable[..., Any]
) -> None:
    put("states", "Ink dries.")
    found = client.get("/v1/documents/states", params={"collection": collection})
    assert found.json()["content"] == "Ink dries."

"""Many documents in one request: metadata patched by a filter, and documents read by their ids."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

Put = Callable[..., dict[str, Any]]


def test_metadata_is_patched_by_filter(client: httpx.Client, collection: str, put: Put) -> None:
    for n in range(3):
        put(f"d{n}", f"text {n}", metadata={"draft": n < 2})
    params = {"collection": collection, "filter": '{"draft": true}'}
    body = {"metadata": {"draft": None, "status": "published"}}
    assert client.patch("/v1/documents", params=params, json=body).json() == {"changed": 2}
    document = client.get("/v1/documents/d0", params={"collection": collection}).json()
    assert document["metadata"] == {"status": "published"}
    assert (document["status"], document["version"]) == ("ready", 2)
    assert client.patch("/v1/documents", params=params, json=body).json() == {"changed": 0}


@pytest.mark.parametrize(
    ("query", "body"),
    [
        ({}, {"metadata": {"a": 1}}),
        ({"filter": "{}"}, {"metadata": {"a": 1}}),
        ({"filter": '{"a": 1}'}, {}),
        ({"filter": '{"a": 1}'}, {"metadata": None}),
        ({"filter": '{"a": 1}'}, {"metadata": {"a": "\0"}}),
        ({"filter": '{"a": 1}'}, {"metadata": {}, "title": "x"}),
    ],
    ids=["no-filter", "empty-filter", "no-patch", "null", "nul", "another-field"],
)
def test_a_patch_that_is_not_valid_is_refused(
    client: httpx.Client, collection: str, query: dict[str, str], body: dict[str, Any]
) -> None:
    params = {"collection": collection, **query}
    assert client.patch("/v1/documents", params=params, json=body).status_code == 422


def test_documents_are_fetched_in_the_order_of_their_ids(
    client: httpx.Client, collection: str, put: Put
) -> None:
    put("a", "one")
    put("b", "two")
    body = {"ids": ["b", "nobody", "a", "b"], "collection": collection}
    fetched = client.post("/v1/documents/fetch", json=body).json()
    assert [item["id"] for item in fetched["items"]] == ["b", "a"]
    assert (fetched["missing"], fetched["left_out"]) == (["nobody"], [])
    single = client.get("/v1/documents/a", params={"collection": collection}).json()
    assert fetched["items"][1] == single
    empty = {"ids": [], "collection": collection}
    assert client.post("/v1/documents/fetch", json=empty).json()["items"] == []


def test_what_does_not_fit_is_named(client: httpx.Client, collection: str) -> None:
    for n in range(4):
        body = {"content": f"ink {n} " * 120_000}
        where = {"collection": collection}
        client.put(f"/v1/documents/d{n}", params=where, json=body).raise_for_status()
    wanted = ["d3", "d2", "nobody", "d1", "d0"]
    fetched = client.post(
        "/v1/documents/fetch", json={"ids": wanted, "collection": collection}
    ).json()
    sent = [item["id"] for item in fetched["items"]]
    assert sent
    assert fetched["left_out"]
    assert fetched["missing"] == ["nobody"]
    assert sorted([*sent, *fetched["left_out"]]) == ["d0", "d1", "d2", "d3"]
    # Other tests need not wait until the model has embedded so much.
    client.delete(f"/v1/collections/{collection}").raise_for_status()


def test_too_many_ids_are_refused(client: httpx.Client, collection: str) -> None:
    body = {"ids": [f"d{n}" for n in range(201)], "collection": collection}
    assert client.post("/v1/documents/fetch", json=body).status_code == 422

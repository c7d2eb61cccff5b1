"""The list of collections, and what it tells of each."""

from collections.abc import Callable
from typing import Any

import httpx

Put = Callable[..., dict[str, Any]]
PATH = "/v1/collections"


def names(client: httpx.Client, **params: Any) -> list[str]:  # noqa: ANN401
    """Return the names of all pages, in their order."""
    found: list[str] = []
    page = client.get(PATH, params=params).raise_for_status().json()
    found += [item["name"] for item in page["items"]]
    while page["next_cursor"]:
        params["cursor"] = page["next_cursor"]
        page = client.get(PATH, params=params).raise_for_status().json()
        assert page["items"]
        found += [item["name"] for item in page["items"]]
    return found


def test_collections_are_listed_by_name(client: httpx.Client, collection: str, put: Put) -> None:
    put("a", "one")
    put("b", "two")
    listed = names(client)
    assert listed == sorted(set(listed))
    assert collection in listed


def test_pages_have_all_collections_once(client: httpx.Client, collection: str) -> None:
    wanted = [f"{collection}-{n:03d}" for n in range(7)]
    for name in wanted:
        assert client.put(f"{PATH}/{name}", json={}).status_code == 201
    for limit in (1, 3, 200):
        listed = names(client, limit=limit)
        assert listed == sorted(set(listed))
        assert [each for each in listed if each.startswith(f"{collection}-")] == wanted


def test_a_cursor_of_another_list_is_refused(
    client: httpx.Client, collection: str, put: Put
) -> None:
    put("a", "one")
    put("b", "two")
    page = client.get("/v1/documents", params={"collection": collection, "limit": 1}).json()
    for cursor in (page["next_cursor"], "nonsense"):
        answer = client.get(PATH, params={"cursor": cursor})
        assert answer.status_code == 422
        assert "cursor" in answer.text


def test_documents_are_counted_by_status(client: httpx.Client, collection: str, put: Put) -> None:
    put("a", "one")
    put("b", "two")
    found = client.get(f"{PATH}/{collection}").json()
    assert found["documents"] == {"total": 2, "pending": 0, "ready": 2, "failed": 0}
    assert found["description"] is None
    listed = client.get(PATH, params={"limit": 200}).json()["items"]
    assert found in listed


def test_the_default_collection_always_exists_and_others_do_not(client: httpx.Client) -> None:
    assert client.get(f"{PATH}/default").json()["model"]
    answer = client.get(f"{PATH}/no documents")
    assert (answer.status_code, answer.json()["type"]) == (404, "urn:inkdex:collection-not-found")

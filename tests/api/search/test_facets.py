"""The values of metadata are counted."""

import json
from typing import Any

import httpx
import pytest

from tests.api.search.searching import search


def test_facets_count_values_in_the_scope(client: httpx.Client, collection: str) -> None:
    metadata: list[dict[str, Any]] = [
        {"tags": ["garden", "home", "garden"], "lang": "en", "team": {"name": "ink"}},
        {"tags": "garden", "lang": "en", "year": 2024},
        {"tags": [], "lang": "de", "year": 2024.0, "draft": True},
        {"tags": ["x" * 2000, None, {"a": 1}], "lang": "fr", "team.name": "ink"},
    ]
    lines = [{"content": f"Ink {n}.", "metadata": each} for n, each in enumerate(metadata)]
    params = {"collection": collection}
    client.post("/v1/documents/bulk", params=params, json=lines).raise_for_status()
    body = {"q": "ink", "mode": "text", "collection": collection, "limit": 1}
    fields = ["tags", "lang", "year", "team.name", "draft", "absent"]
    facets = client.post("/v1/search", json=body | {"facets": fields}).json()["facets"]
    assert list(facets) == fields
    values = {name: [tuple(each.values()) for each in found] for name, found in facets.items()}
    assert values == {
        "tags": [("garden", 2), ("home", 1)],
        "lang": [("en", 2), ("de", 1), ("fr", 1)],
        "year": [(2024, 2)],
        "team.name": [("ink", 2)],
        "draft": [(True, 1)],
        "absent": [],
    }
    english = json.dumps({"lang": "en"})
    found = search(client, collection, q="ink", mode="text", filter=english, facets="lang,tags")
    assert found["facets"]["lang"] == [{"value": "en", "count": 2}]
    assert list(search(client, collection, q="ink", facets=["lang", "tags"])["facets"]) == [
        "lang",
        "tags",
    ]
    assert search(client, collection, q="ink", mode="text")["facets"] is None


@pytest.mark.usefixtures("library")
def test_values_can_be_counted_without_hits(client: httpx.Client, collection: str) -> None:
    queries: list[dict[str, str]] = [
        {"q": "oil", "mode": "text"},
        {"q": "oil"},
        {"q": "oil", "mode": "semantic"},
        {"q": "feline", "mode": "semantic"},
        {"q": "feline", "group_by": "text"},
    ]
    for query in queries:
        found = search(client, collection, **query, limit=0, facets="kind")
        assert found["hits"] == []
        assert [each["value"] for each in found["facets"]["kind"]] == ["food", "pet"]
        assert (found["query_embedding"], found["degraded"]) == ("none", None)
        is_exact = query.get("mode") == "text"
        assert found["total"] == {"count": 1 if query["q"] == "oil" else 0, "exact": is_exact}


@pytest.mark.parametrize("name", ["refine", "rerank"])
def test_what_changes_the_hits_needs_hits(client: httpx.Client, name: str) -> None:
    answer = client.get("/v1/search", params={"q": "ink", "limit": 0, name: True})
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert error["path"] == [name]
    assert error["message"] == "needs hits and cannot be combined with limit=0; omit one"


def test_facets_have_at_most_twenty_values(client: httpx.Client, collection: str) -> None:
    lines = [{"content": "Ink.", "metadata": {"n": n, "many": n % 2}} for n in range(30)]
    params = {"collection": collection}
    client.post("/v1/documents/bulk", params=params, json=lines).raise_for_status()
    facets = search(client, collection, q="ink", mode="text", facets="n,many")["facets"]
    assert len(facets["n"]) == 20
    assert facets["many"] == [{"value": 0, "count": 15}, {"value": 1, "count": 15}]


@pytest.mark.parametrize("facets", ["", "a,,b", ",".join("abcdefghijk"), "a\0"])
def test_invalid_facets_are_refused(client: httpx.Client, facets: str) -> None:
    answer = client.get("/v1/search", params={"q": "ink", "facets": facets})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["path"] == ["facets"]

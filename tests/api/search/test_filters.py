"""Conditions on the metadata limit the hits."""

import json
from typing import Any

import httpx
import pytest

from tests.api.search.searching import ids, search


@pytest.mark.usefixtures("library")
@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        ({"kind": "pet"}, {"cat"}),
        ({"kind": {"ne": "pet"}}, {"car", "bread"}),
        ({"kind": {"in": ["pet", "food"]}}, {"cat", "bread"}),
        ({"kind": {"exists": False}}, {"car"}),
        ({"legs": {"gte": 4, "lt": 5}}, {"cat"}),
        ({"legs": {"gt": 4}}, set()),
        ({"legs": {"gt": "3"}}, set()),
        ({"kind": {"lte": "food"}}, {"bread"}),
        ({"legs": 4.0}, {"cat"}),
        ({"'; DROP TABLE documents; --": {"exists": False}}, {"cat", "car", "bread"}),
        ({}, {"cat", "car", "bread"}),
    ],
)
def test_filter_limits_the_hits(
    client: httpx.Client, collection: str, conditions: dict[str, Any], expected: set[str]
) -> None:
    for mode in ("hybrid", "semantic"):
        found = search(client, collection, q="anything", mode=mode, filter=json.dumps(conditions))
        assert set(ids(found)) == expected


@pytest.mark.usefixtures("library")
@pytest.mark.parametrize(
    "conditions",
    [{"$or": [{"legs": 4}, {"kind": "food"}]}, {"not": {"wheels": {"$exists": True}}}],
)
def test_filters_take_logical_operators(
    client: httpx.Client, collection: str, conditions: dict[str, Any]
) -> None:
    found = search(client, collection, q="anything", filter=json.dumps(conditions))
    assert set(ids(found)) == {"cat", "bread"}


@pytest.mark.parametrize(
    ("conditions", "path"),
    [({"year": {}}, ["filter", "year"]), ({"or": [{"a": {"~": 1}}]}, ["filter", "or", 0, "a"])],
)
def test_a_filter_that_is_not_understood_is_named(
    client: httpx.Client, conditions: dict[str, Any], path: list[str | int]
) -> None:
    answers = [
        client.get("/v1/search", params={"q": "ink", "filter": json.dumps(conditions)}),
        client.post("/v1/search", json={"q": "ink", "filter": conditions}),
    ]
    for answer in answers:
        assert answer.status_code == 422
        assert [error["path"] for error in answer.json()["errors"]] == [path]

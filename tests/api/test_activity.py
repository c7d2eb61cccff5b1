"""What happened in the last hours, as the API tells it."""

from datetime import datetime
from itertools import pairwise
from typing import Any

import pytest
from fastapi.testclient import TestClient

from shared.config import Settings
from shared.db.kit.pool import Database
from tests.support import in_process

AGO = "UPDATE {} SET minute = minute - interval '3 minutes'"


def points(client: TestClient, **params: str) -> list[dict[str, Any]]:
    answer = client.get("/v1/activity", params=params)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["points"]
    return found


def stop_and_wait(database: Database) -> None:
    """Let three minutes pass after an API has stopped."""
    with database.connection() as connection:
        for table in ("activity", "collection_activity"):
            assert connection.execute(AGO.format(table)).rowcount > 0


def test_requests_show_after_a_restart(settings: Settings, database: Database) -> None:
    with in_process.client(settings) as client:
        for number in range(3):
            client.put(f"/v1/documents/{number}", json={"content": "timed"}).raise_for_status()
        client.get("/v1/search", params={"q": "timed", "mode": "text"}).raise_for_status()
        assert client.put("/v1/documents/x", json={"content": ""}).status_code == 422
    stop_and_wait(database)
    with in_process.client(settings) as client:
        ran = [point for point in points(client) if point["writes"] is not None]
        total = client.get("/v1/activity").json()["total"]
    names = ("writes", "searches", "ready", "failed", "waiting")
    assert [total[name] for name in names] == [3, 1, 0, 0, None]
    assert total["search"] == next(point["search"] for point in ran if point["search"])
    assert sum(point["writes"] for point in ran) == 3
    assert sum(point["searches"] for point in ran) == 1
    (searched,) = [point["search"] for point in ran if point["search"]]
    assert 0 < searched["p50_ms"] <= searched["p95_ms"]
    assert {point["waiting"] for point in ran} == {None}  # there was no worker


def test_requests_show_in_their_collection(settings: Settings, database: Database) -> None:
    in_a, text = {"collection": "a"}, {"content": "timed"}
    with in_process.client(settings) as client:
        client.post("/v1/documents", json=text | in_a).raise_for_status()
        client.put("/v1/documents/1", params=in_a, json=text).raise_for_status()
        client.patch("/v1/documents/1", params=in_a, json={"title": "x"}).raise_for_status()
        client.delete("/v1/documents/1", params=in_a).raise_for_status()
        client.put("/v1/documents/1", json=text).raise_for_status()
        for name in ("a", "b", "*"):
            search = {"q": "timed", "mode": "text", "collection": name}
            client.get("/v1/search", params=search).raise_for_status()
            client.post("/v1/search", json=search).raise_for_status()
            only_counts = search | {"limit": 0, "facets": ["tags"]}
            client.post("/v1/search", json=only_counts).raise_for_status()
    stop_and_wait(database)
    with in_process.client(settings) as client:
        found = {
            name: [
                point for point in points(client, collection=name) if point["writes"] is not None
            ]
            for name in ("a", "b", "default", "c", "*")
        }
        everything = [point for point in points(client) if point["writes"] is not None]
    sums = {
        name: (sum(each["writes"] for each in ran), sum(each["searches"] for each in ran))
        for name, ran in found.items()
    }
    assert sums == {"a": (4, 2), "b": (0, 2), "default": (1, 0), "c": (0, 0), "*": (5, 6)}
    assert found["*"] == everything
    assert {point["time"] for point in found["c"]} == {point["time"] for point in everything}


def test_steps_without_a_process_are_gaps(settings: Settings) -> None:
    with in_process.client(settings) as client:
        found = points(client)
        assert client.get("/v1/activity").json()["total"] is None
    assert len(found) == 60
    for point in found:
        time = point.pop("time")
        assert datetime.fromisoformat(time).tzinfo is not None
        assert set(point.values()) == {None}


@pytest.mark.parametrize(("hours", "seconds"), [(1, 60), (5, 60), (24, 300)])
def test_longer_spans_have_longer_steps(settings: Settings, hours: int, seconds: int) -> None:
    with in_process.client(settings) as client:
        answer = client.get("/v1/activity", params={"hours": hours}).json()
    assert answer["step_seconds"] == seconds
    times = [datetime.fromisoformat(point["time"]) for point in answer["points"]]
    assert {(b - a).total_seconds() for a, b in pairwise(times)} == {seconds}
    assert len(times) == hours * 3600 / seconds


@pytest.mark.parametrize("hours", ["0", "25", "1.5", "all"])
def test_other_spans_are_refused(settings: Settings, hours: str) -> None:
    with in_process.client(settings) as client:
        answer = client.get("/v1/activity", params={"hours": hours})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["path"][-1] == "hours"

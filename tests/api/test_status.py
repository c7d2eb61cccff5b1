"""Liveness, readiness and statistics."""

from collections.abc import Callable
from typing import Any

import httpx

from shared.config import Settings
from tests.support import in_process
from tests.support.processes import eventually

Put = Callable[..., dict[str, Any]]


def test_liveness_and_readiness(client: httpx.Client) -> None:
    assert client.get("/livez").json() == {"status": "alive"}
    ready = client.get("/readyz").json()
    assert ready["ready"] is True
    assert [ready[part]["ok"] for part in ("postgres", "redis", "ollama", "worker")] == [True] * 4


def test_stats_count_documents_lanes_and_workers(client: httpx.Client, put: Put) -> None:
    put("a", "counted")
    stats = client.get("/v1/stats").json()
    counts = stats["documents"]
    assert counts["total"] == counts["pending"] + counts["ready"] + counts["failed"]
    assert counts["total"] >= 1
    assert set(stats["lanes"]) == {"interactive", "bulk", "backfill"}
    assert stats["model"]["name"] == "all-minilm"
    assert stats["model"]["dimensions"] == 384
    assert stats["workers"] == 1


def test_stats_contain_latencies(client: httpx.Client, collection: str, put: Put) -> None:
    put("a", "timed")
    client.get("/v1/search", params={"q": "timed", "collection": collection}).raise_for_status()

    def all_are_measured() -> bool:
        latency = client.get("/v1/stats").json()["latency"]
        return all(figure["count"] > 0 for figure in latency.values())

    eventually(all_are_measured, "stats contain the latencies of API and worker", 10)
    for figure in client.get("/v1/stats").json()["latency"].values():
        assert 0 < figure["p50_ms"] <= figure["p95_ms"] <= figure["p99_ms"]


def test_every_way_to_write_and_search_is_timed(settings: Settings) -> None:
    text = {"content": "timed"}
    with in_process.client(settings) as client:
        for method, path, body in (
            ("POST", "/v1/documents", {"id": "a", **text}),
            ("PUT", "/v1/documents/a", {"content": "again"}),
            ("PATCH", "/v1/documents/a", {"title": "A"}),
            ("DELETE", "/v1/documents/a", None),
            ("POST", "/v1/documents/bulk", [text]),
            ("GET", "/v1/documents", None),
            ("GET", "/v1/search?q=timed&mode=text", None),
            ("POST", "/v1/search", {"q": "timed", "mode": "text"}),
        ):
            assert client.request(method, path, json=body).is_success, (method, path)
        # Read once, after all requests, because stats are cached for a second.
        latency = client.get("/v1/stats").json()["latency"]
    assert latency["write"]["count"] == 4  # neither the import nor the list
    assert latency["search"]["count"] == 2


def test_failed_request_is_not_timed(client: httpx.Client) -> None:
    before = client.get("/v1/stats").json()["latency"]["write"]["count"]
    for _ in range(20):
        assert client.post("/v1/documents", json={"content": ""}).status_code == 422
    assert client.get("/v1/stats").json()["latency"]["write"]["count"] <= before


def test_stats_contain_the_url_of_flower(client: httpx.Client) -> None:
    assert client.get("/v1/stats").json()["flower_url"] == "http://127.0.0.1:5555"

import json
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

import httpx
from fastapi.testclient import TestClient

from api.app import create_app
from shared.config import Settings
from tests.support.processes import eventually

Put = Callable[..., dict[str, Any]]


def test_liveness_and_readiness(client: httpx.Client) -> None:
    assert client.get("/livez").json() == {"status": "alive"}
    ready = client.get("/readyz").json()
    assert ready["ready"] is True
    assert [ready[part]["ok"] for part in ("postgres", "redis", "ollama", "worker")] == [True] * 4


def test_stats_count_what_there_is(client: httpx.Client, put: Put) -> None:
    put("a", "counted")
    stats = client.get("/v1/stats").json()
    counts = stats["documents"]
    assert counts["total"] == counts["pending"] + counts["ready"] + counts["failed"]
    assert counts["total"] >= 1
    assert set(stats["lanes"]) == {"interactive", "bulk"}
    assert stats["model"]["name"] == "all-minilm"
    assert stats["model"]["dimensions"] == 384
    assert stats["workers"] == 1


def test_stats_tell_how_long_things_took(client: httpx.Client, collection: str, put: Put) -> None:
    put("a", "timed")
    client.get("/v1/search", params={"q": "timed", "collection": collection}).raise_for_status()

    def told() -> bool:
        latency = client.get("/v1/stats").json()["latency"]
        return all(figure["count"] > 0 for figure in latency.values())

    eventually(told, "the API's and the worker's figures are seen", 10)
    for figure in client.get("/v1/stats").json()["latency"].values():
        assert 0 < figure["p50_ms"] <= figure["p95_ms"] <= figure["p99_ms"]


def test_each_way_to_write_and_to_search_is_timed(settings: Settings) -> None:
    text = {"content": "timed"}
    with TestClient(create_app(settings)) as client:
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
        # Asked once, after all of them: what it answers is remembered for a second.
        latency = client.get("/v1/stats").json()["latency"]
    assert latency["write"]["count"] == 4  # an import and a list are neither
    assert latency["search"]["count"] == 2


def test_what_fails_is_not_timed(client: httpx.Client) -> None:
    before = client.get("/v1/stats").json()["latency"]["write"]["count"]
    for _ in range(20):
        assert client.post("/v1/documents", json={"content": ""}).status_code == 422
    assert client.get("/v1/stats").json()["latency"]["write"]["count"] <= before


def test_stats_say_where_flower_is(client: httpx.Client) -> None:
    assert client.get("/v1/stats").json()["flower_url"] == "http://127.0.0.1:5555"


def test_collections_are_listed_by_name(client: httpx.Client, collection: str, put: Put) -> None:
    put("a", "one")
    put("b", "two")
    names = [item["name"] for item in client.get("/v1/collections").json()["items"]]
    assert names == sorted(set(names))
    assert collection in names


def events(answer: httpx.Response) -> Iterator[tuple[str, dict[str, Any]]]:
    """Parse `document` events: their id and data."""
    fields: dict[str, str] = {}
    for line in answer.iter_lines():
        name, _, value = line.partition(": ")
        if name:
            fields[name] = value
        elif fields.pop("event", None) == "document":
            yield fields["id"], json.loads(fields["data"])


def test_events_tell_a_documents_life_and_resume(
    client: httpx.Client, collection: str, put: Put
) -> None:
    with client.stream("GET", "/v1/events") as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        put("a", "watched")
        mine = ((i, e) for i, e in events(answer) if e["collection"] == collection)
        first_id, first = next(mine)
        _, second = next(mine)
    assert first == {"id": "a", "collection": collection, "status": "pending", "version": 1}
    assert second["status"] == "ready"
    client.delete("/v1/documents/a", params={"collection": collection})
    with client.stream("GET", "/v1/events", headers={"last-event-id": first_id}) as answer:
        missed = ((i, e) for i, e in events(answer) if e["collection"] == collection)
        assert [next(missed)[1]["status"] for _ in range(2)] == ["ready", "deleted"]


def test_a_stream_that_broke_off_before_any_event_can_be_resumed(
    client: httpx.Client, collection: str, put: Put
) -> None:
    with client.stream("GET", "/v1/events") as answer:
        opening = dict(line.partition(": ")[::2] for line in islice(answer.iter_lines(), 2))
    put("a", "missed")
    with client.stream("GET", "/v1/events", headers={"last-event-id": opening["id"]}) as answer:
        missed = (e for _, e in events(answer) if e["collection"] == collection)
        assert next(missed)["id"] == "a"


def test_the_schema_has_examples_and_errors(client: httpx.Client) -> None:
    schema = client.get("/openapi.json").json()
    body = schema["components"]["schemas"]["DocumentBody"]
    example = body["examples"][0]
    example["collection"] = "examples"
    assert client.post("/v1/documents", json=example).status_code in {201, 409}
    assert "422" in schema["paths"]["/v1/documents"]["post"]["responses"]
    assert client.get("/docs").status_code == 200

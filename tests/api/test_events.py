"""The stream of document events."""

import json
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

import httpx

Put = Callable[..., dict[str, Any]]


def events(answer: httpx.Response) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the id and data of each `document` event."""
    fields: dict[str, str] = {}
    for line in answer.iter_lines():
        name, _, value = line.partition(": ")
        if name:
            fields[name] = value
        elif fields.pop("event", None) == "document":
            yield fields["id"], json.loads(fields["data"])


def test_events_report_the_changes_of_a_document_and_resume(
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


def test_stream_resumes_from_its_opening_id(
    client: httpx.Client, collection: str, put: Put
) -> None:
    with client.stream("GET", "/v1/events") as answer:
        opening = dict(line.partition(": ")[::2] for line in islice(answer.iter_lines(), 2))
    put("a", "missed")
    with client.stream("GET", "/v1/events", headers={"last-event-id": opening["id"]}) as answer:
        missed = (e for _, e in events(answer) if e["collection"] == collection)
        assert next(missed)["id"] == "a"

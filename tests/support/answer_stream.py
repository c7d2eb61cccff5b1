"""Asks questions as a client does, and reads the events of the answers."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx

Event = tuple[str, dict[str, Any]]
QUESTION = "How long does iron gall ink take to dry?"


def ask(client: httpx.Client, collection: str, question: str = QUESTION, **fields: Any) -> Any:  # noqa: ANN401
    """Return the whole answer."""
    body = {"question": question, "collection": collection, "stream": False, **fields}
    return client.post("/v1/ask", json=body).raise_for_status().json()


def stream(
    client: httpx.Client,
    collection: str,
    question: str = QUESTION,
    **fields: Any,  # noqa: ANN401
) -> list[Event]:
    """Return all events."""
    with opened(client, collection, question, **fields) as events:
        return list(events)


@contextmanager
def opened(
    client: httpx.Client,
    collection: str,
    question: str = QUESTION,
    **fields: Any,  # noqa: ANN401
) -> Iterator[Iterator[Event]]:
    """Ask, and read the events inside the block. Its end closes the connection."""
    body = {"question": question, "collection": collection, **fields}
    with client.stream("POST", "/v1/ask", json=body) as response:
        if response.status_code != 200:
            response.read()
        response.raise_for_status()
        assert response.headers["content-type"].startswith("text/event-stream")
        yield _events(response.iter_lines())


def _events(lines: Iterator[str]) -> Iterator[Event]:
    name = ""
    for line in lines:
        field, _, value = line.partition(": ")
        if field == "event":
            name = value
        elif field == "data":
            yield name, json.loads(value)


def text(events: list[Event]) -> str:
    return "".join(data["text"] for name, data in events if name == "delta")


def last(events: list[Event]) -> dict[str, Any]:
    """Return the data of the last event, which is `done`."""
    name, data = events[-1]
    assert name == "done", events[-1]
    return data

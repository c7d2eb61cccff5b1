"""Requests that last end when their key does, and not when it is rotated with an overlap."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from tests.support.chat_server import ChatServer
from tests.support.processes import eventually

Connect = Callable[..., httpx.Client]
MakeKey = Callable[..., dict[str, Any]]
NDJSON = {"content-type": "application/x-ndjson"}
SECONDS = 4.0
"""A second, and what a loaded machine adds."""


def last_event(answer: httpx.Response) -> tuple[str, dict[str, Any]]:
    """Read a stream to its end and return its last event."""
    name, data = "", {}
    for line in answer.iter_lines():
        field, _, value = line.partition(": ")
        if field == "event":
            name = value
        elif field == "data":
            data = json.loads(value)
    return name, data


@pytest.mark.parametrize("api", [0, 1])
def test_an_event_stream_ends_with_its_key(
    connect: Connect, make_key: MakeKey, admin: httpx.Client, api: int
) -> None:
    made = make_key("documents.read")
    with connect(made["key"], api).stream("GET", "/v1/events") as answer:
        assert answer.status_code == 200
        time.sleep(0.5)  # the key is in use
        admin.delete(f"/v1/keys/{made['id']}").raise_for_status()
        revoked_at = time.monotonic()
        name, problem = last_event(answer)
    assert time.monotonic() - revoked_at < SECONDS
    assert (name, problem["type"]) == ("error", "urn:inkdex:key-revoked")


def test_an_event_stream_ends_when_its_key_may_read_less(
    connect: Connect, make_key: MakeKey, admin: httpx.Client
) -> None:
    made = make_key("documents.read", "search")
    path = f"/v1/keys/{made['id']}"
    with connect(made["key"]).stream("GET", "/v1/events") as answer:
        wider = [{"actions": ["documents.read", "search", "ask"]}]
        admin.patch(path, json={"scopes": wider, "name": "renamed"}).raise_for_status()
        time.sleep(1.2)  # which does not end it
        narrower = [{"actions": ["documents.read"], "collections": ["a"]}]
        admin.patch(path, json={"scopes": narrower}).raise_for_status()
        name, problem = last_event(answer)
    assert (name, problem["type"]) == ("error", "urn:inkdex:access-changed")


def test_an_answer_ends_with_its_key(
    connect: Connect, make_key: MakeKey, admin: httpx.Client, slow_chat: ChatServer
) -> None:
    where = {"collection": "drying"}
    content = "Iron gall ink dries in three minutes on cotton paper."
    admin.put("/v1/documents/ink", params=where, json={"content": content}).raise_for_status()
    admin.get("/v1/documents/ink", params={**where, "wait": 20}).raise_for_status()
    made = make_key("ask")
    body = {"question": "How long does iron gall ink take to dry?", **where}
    with connect(made["key"], 1).stream("POST", "/v1/ask", json=body) as answer:
        lines = answer.iter_lines()
        assert any(line == "event: delta" for line in lines)
        admin.delete(f"/v1/keys/{made['id']}").raise_for_status()
        revoked_at = time.monotonic()
        rest = list(lines)
    assert time.monotonic() - revoked_at < SECONDS
    assert "event: error" in rest
    assert "urn:inkdex:key-revoked" in "\n".join(rest)
    eventually(lambda: slow_chat.running == 0, "the model stops writing", 10)


def test_a_request_that_waits_is_refused_when_its_key_is_revoked(
    connect: Connect, make_key: MakeKey, admin: httpx.Client
) -> None:
    made = make_key()
    revoking = threading.Timer(0.6, lambda: admin.delete(f"/v1/keys/{made['id']}"))
    revoking.start()
    answer = connect(made["key"]).post(
        "/v1/documents/bulk", content=_slowly(30), headers=NDJSON, timeout=20
    )
    revoking.join()
    assert answer.status_code == 401
    assert answer.json()["type"] == "urn:inkdex:key-revoked"


def test_an_import_goes_on_while_its_key_is_rotated(
    connect: Connect, make_key: MakeKey, admin: httpx.Client
) -> None:
    made = make_key("documents.write")
    path = f"/v1/keys/{made['id']}/rotate"
    rotating = threading.Timer(0.5, lambda: admin.post(path, json={"overlap_seconds": 60}))
    rotating.start()
    answer = connect(made["key"]).post(
        "/v1/documents/bulk",
        params={"collection": "rotated"},
        content=_slowly(12),
        headers=NDJSON,
        timeout=30,
    )
    rotating.join()
    assert answer.status_code == 200, answer.text
    assert answer.json()["accepted"] == 12


def _slowly(lines: int) -> Iterator[bytes]:
    """Yield an import, a line each quarter of a second."""
    for number in range(lines):
        yield json.dumps({"id": str(number), "content": f"line {number}"}).encode() + b"\n"
        time.sleep(0.25)

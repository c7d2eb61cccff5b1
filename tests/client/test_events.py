"""The stream of changes over connections that break."""

import threading
from collections.abc import Iterator
from threading import Event

import pytest
from inkdex import Inkdex, Unauthorized, Unavailable
from inkdex.core.server_sent_events import MessageParser
from inkdex.models.events import DocumentEvent
from inkdex.models.events import Event as Change

from tests.support import relay as relays
from tests.support import scripted_server
from tests.support.relay import Relay
from tests.support.scripted_server import Scripted


@pytest.fixture
def relay(api: str) -> Iterator[Relay]:
    with relays.running(api) as relay:
        yield relay


def _next_of(events: Iterator[Change], collection: str, id_: str) -> DocumentEvent:
    """Return the next event of a document. The server's other documents have events too."""
    documents = (each for each in events if isinstance(each, DocumentEvent))
    return next(each for each in documents if (each.collection, each.id) == (collection, id_))


def test_no_event_is_lost_when_the_connection_is_cut(
    relay: Relay, inkdex: Inkdex, collection: str
) -> None:
    with Inkdex(relay.url) as listening:
        events = listening.events()
        writer = threading.Thread(target=_write_until, args=(inkdex, collection, seen := Event()))
        writer.start()
        first = _next_of(events, collection, "a")
        seen.set()
        writer.join()
        relay.cut()
        inkdex.documents.put("b", "Blue.", collection=collection)
        assert first.status in {"pending", "ready"}
        assert _next_of(events, collection, "b").status in {"pending", "ready"}
        assert relay.connections == 2


def _write_until(inkdex: Inkdex, collection: str, seen: Event) -> None:
    """Write one document again and again, because the stream begins when it is listened to."""
    number = 0
    while not seen.wait(0.2):
        number += 1
        inkdex.documents.put("a", f"Ink {number}.", collection=collection)


def test_a_break_resumes_after_the_last_event() -> None:
    data = b'{"id":"a","collection":"c","status":"ready","version":1}'
    first = b"id: 7\nevent: document\ndata: " + data + b"\n\n"
    second = (
        b'id: 8\nevent: other\ndata: {"x":1}\n\nid: 9\n\nevent: missed\ndata: {"detail":"d"}\n\n'
    )
    refused = Scripted(401, b'{"detail": "revoked", "type": "/errors/key-revoked"}')
    with scripted_server.running() as server, Inkdex(server.url) as inkdex:
        server.answers = [
            Scripted(body=first + b"event: document\nda", cut=len(first) + 8),
            Scripted(503, headers={"Retry-After": "0"}),
            Scripted(body=second),
            refused,
        ]
        events = inkdex.events()
        assert [next(events).kind for _ in range(3)] == ["document", "other", "missed"]
        with pytest.raises(Unauthorized) as error:
            next(events)
        assert error.value.code == "key-revoked"
        sent = [each.headers.get("last-event-id") for each in server.received]
        assert sent == [None, "7", "7", "9"]


def test_failures_in_a_row_are_bounded() -> None:
    with scripted_server.running() as server, Inkdex(server.url) as inkdex:
        server.answers = [Scripted(503, headers={"Retry-After": "90"})]
        with pytest.raises(Unavailable):
            next(inkdex.events(reconnects=0))


@pytest.mark.parametrize("size", [1, 2, 5, 1000])
def test_messages_are_the_same_in_any_pieces(size: int) -> None:
    raw = "id: 1\r\nevent: a\r\ndata: x\r\ndata: é\r\n\r\n: quiet\n\nid: 2\n\ndata:z\n\n".encode()
    parser = MessageParser()
    pieces = [raw[start : start + size] for start in range(0, len(raw), size)]
    found = [(each.event, each.data, each.id) for piece in pieces for each in parser.feed(piece)]
    assert found == [("a", "x\né", "1"), ("message", "z", "2")]

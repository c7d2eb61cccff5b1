"""The stream of changes. It continues after a break where it was."""

import json
from collections.abc import Iterator

import httpx
from pydantic import ValidationError

from inkdex.core.requests import Request
from inkdex.core.retries import Sleep, backoff
from inkdex.core.server_sent_events import Message, MessageParser
from inkdex.core.steps import Item, Items, Open, Read, checked
from inkdex.errors import ApiError, Problem, TooManyRequests, Unavailable, Unreachable, error_of
from inkdex.models.events import DocumentEvent, Event, ImportEvent, MigrationEvent, MissedEvent

RECONNECTS = 20
QUIET_SECONDS = 90.0
"""The server sends something more often than that."""
MODELS: dict[str, type[Event]] = {
    "document": DocumentEvent,
    "migration": MigrationEvent,
    "import": ImportEvent,
    "missed": MissedEvent,
}


def events(last_event_id: str | None = None, *, reconnects: int = RECONNECTS) -> Items[Event]:
    """Yield changes from now on, or after an event, without end.

    After a break it continues with the next event. Raises Unreachable after as many failures in a
    row as `reconnects`, and ApiError when the server refuses, such as for a key that was revoked.
    """
    parser, failures = MessageParser(last_event_id), 0
    while True:
        parser = MessageParser(parser.last_id)
        try:
            response: httpx.Response = yield Open(_request(parser.last_id))
            checked(response)
            while (chunk := (yield Read())) is not None:
                failures = 0
                for event in _events(parser, chunk):
                    yield Item(event)
        except (Unreachable, TooManyRequests, Unavailable) as error:
            failures += 1
            if failures > reconnects:
                raise
            yield Sleep(_pause(error, failures))


def _request(last_event_id: str | None) -> Request:
    headers = {} if last_event_id is None else {"Last-Event-ID": last_event_id}
    return Request("GET", "/v1/events", headers=headers, repeatable=True, timeout=QUIET_SECONDS)


def _pause(error: Unreachable | ApiError, failures: int) -> float:
    after = error.retry_after if isinstance(error, ApiError) else None
    return backoff(failures) if after is None else after


def _events(parser: MessageParser, chunk: bytes) -> Iterator[Event]:
    for message in parser.feed(chunk):
        if message.event == "error":
            raise error_of(Problem.model_validate_json(message.data))
        yield _event(message)


def _event(message: Message) -> Event:
    data = json.loads(message.data)
    fields = {**data, "kind": message.event, "event_id": message.id, "data": data}
    try:
        return MODELS.get(message.event, Event).model_validate(fields)
    except ValidationError:
        return Event(kind=message.event, event_id=message.id, data=data)

"""Server-sent events: every change of a document, from now on or since a given event."""

import re
from collections.abc import AsyncIterator
from functools import lru_cache
from typing import Annotated

from fastapi import APIRouter, Depends, Header
from fastapi.responses import StreamingResponse
from fastapi.sse import EventSourceResponse, format_sse_event

from api.http.parameters import Inkdex
from api.http.query import QueryRoute
from api.schemas.documents import EventOut
from api.schemas.migrations import MigrationEventOut
from shared.domain.errors import FieldError, InvalidInput
from shared.domain.events.event import Event, Position
from shared.domain.models.migration import Migration
from shared.services.events.event_feed import Subscription

router = APIRouter(prefix="/v1/events", tags=["events"], route_class=QueryRoute)

_POSITION = re.compile(r"(\d{1,20})-(\d{1,18})")
RETRY_MILLISECONDS = 1000
"""Clients connect again after this time when a stream ends."""
XID_MAX = 2**64 - 1
MISSED = format_sse_event(
    event="missed",
    data_str='{"detail": "Events after your Last-Event-ID are deleted. Read the documents again."}',
)
HEADERS = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}


async def position(
    last_event_id: Annotated[
        str | None, Header(description="The id of the last event that was seen.")
    ] = None,
) -> Position | None:
    """Return the position to resume from; raises InvalidInput."""
    if not last_event_id:
        return None
    match = _POSITION.fullmatch(last_event_id)
    if match is None or int(match[1]) > XID_MAX:
        raise InvalidInput(FieldError(("header", "Last-Event-ID"), "is not an event id"))
    return Position(int(match[1]), int(match[2]))


async def subscription(
    inkdex: Inkdex, after: Annotated[Position | None, Depends(position)]
) -> AsyncIterator[Subscription]:
    """Subscribe before the response starts, so that a failure can still be answered."""
    async with inkdex.events.subscribe(after) as events:
        yield events


@router.get(
    "",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}}},
)
async def stream_events(
    events: Annotated[Subscription, Depends(subscription)],
) -> EventSourceResponse:
    """Stream `document` events with id, collection, status and version.

    A `migration` event has the state and the progress of a migration that has changed.

    The first event is `missed` if events after `Last-Event-ID` are already deleted. The client
    should then read the documents again.
    """
    return EventSourceResponse(_encoded(events), headers=HEADERS)


async def _encoded(subscribed: Subscription) -> AsyncIterator[bytes]:
    # Sent at once, so that the client knows it is connected and where it can resume.
    yield format_sse_event(comment="listening", id=str(subscribed.start), retry=RETRY_MILLISECONDS)
    if subscribed.missed:
        yield MISSED
    async for event in subscribed.events:
        if event is None:
            yield format_sse_event(comment="quiet")
        elif isinstance(event, Migration):
            body = MigrationEventOut.model_validate(event).model_dump_json()
            yield format_sse_event(data_str=body, event="migration")
        else:
            yield _message(event)


@lru_cache(maxsize=1000)
def _message(event: Event) -> bytes:
    """Return the encoded event. All listeners share it."""
    body = EventOut(
        id=event.ref.id,
        collection=event.ref.collection.name,
        status=event.status,
        version=event.version,
    )
    return format_sse_event(
        data_str=body.model_dump_json(), event="document", id=str(event.position)
    )

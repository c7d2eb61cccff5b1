"""Server-sent events: every change of a document, from now on or from where one left off."""

import re
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Depends, Header
from fastapi.sse import EventSourceResponse, ServerSentEvent

from api.dependencies import Inkdex
from api.schemas import EventOut
from shared.db.events import Position
from shared.domain.errors import FieldError, QueryInvalid

router = APIRouter(prefix="/v1/events", tags=["events"])

_POSITION = re.compile(r"(\d{1,19})-(\d{1,18})")
XID_MAX = 2**64 - 1


def position(
    last_event_id: Annotated[
        str | None, Header(description="The id of the last event that was seen.")
    ] = None,
) -> Position | None:
    """Return where to resume; raises QueryInvalid."""
    if not last_event_id:
        return None
    match = _POSITION.fullmatch(last_event_id)
    if match is None or int(match[1]) > XID_MAX:
        raise QueryInvalid(FieldError(("header", "Last-Event-ID"), "is not an id of an event"))
    return Position(int(match[1]), int(match[2]))


@router.get("", response_class=EventSourceResponse)
async def stream_events(
    inkdex: Inkdex, last_event_id: Annotated[Position | None, Depends(position)]
) -> AsyncIterator[ServerSentEvent]:
    """Stream `document` events with id, collection, status and version."""
    async with inkdex.changes.subscribe(last_event_id) as events:
        async for event in events:
            body = EventOut(
                id=event.id,
                collection=event.collection,
                status=event.status,
                version=event.version,
            )
            yield ServerSentEvent(data=body, event="document", id=str(event.position))

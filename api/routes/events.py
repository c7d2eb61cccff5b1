"""Server-sent events: every change of a document, from now on or since a given event."""

from collections.abc import AsyncIterator
from functools import lru_cache
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Request
from fastapi.responses import StreamingResponse
from fastapi.sse import EventSourceResponse, format_sse_event

from api.http.event_ids import event_id, position_of
from api.http.parameters import Caller, Inkdex, client_address
from api.http.query import QueryRoute
from api.schemas.documents import EventOut
from api.schemas.imports import ImportOut
from api.schemas.migrations import MigrationEventOut
from shared.domain.access.principal import Action
from shared.domain.documents.imports import Import
from shared.domain.events.event import Event
from shared.domain.models.migration import Migration
from shared.domain.refs import Tenant
from shared.ports.sealing import Sealing
from shared.services.events.event_feed import Subscription
from shared.services.events.subscribers import Reader

router = APIRouter(prefix="/v1/events", tags=["events"], route_class=QueryRoute)

RETRY_MILLISECONDS = 1000
"""Clients connect again after this time when a stream ends."""
MISSED = format_sse_event(
    event="missed",
    data_str='{"detail": "Events after your Last-Event-ID are deleted. Read the documents again."}',
)
STREAM = {
    "schema": {"type": "string"},
    "example": "event: document\n"
    'data: {"id": "readme", "collection": "default", "status": "ready", "version": 1}\n\n',
}
HEADERS = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}


class Messages:
    """A subscription as it is sent."""

    def __init__(self, subscription: Subscription, sealing: Sealing, tenant: Tenant) -> None:
        self._subscription = subscription
        self._sealing = sealing
        self._tenant = tenant

    async def encoded(self) -> AsyncIterator[bytes]:
        # Sent at once, so that the client knows it is connected and where it can resume.
        start = event_id(self._sealing, self._tenant, self._subscription.start)
        yield format_sse_event(comment="listening", id=start, retry=RETRY_MILLISECONDS)
        if self._subscription.missed:
            yield MISSED
        async for event in self._subscription.events:
            if event is None:
                yield format_sse_event(comment="quiet")
            elif isinstance(event, Migration):
                body = MigrationEventOut.model_validate(event).model_dump_json()
                yield format_sse_event(data_str=body, event="migration")
            elif isinstance(event, Import):
                body = ImportOut.model_validate(event).model_dump_json()
                yield format_sse_event(data_str=body, event="import")
            else:
                yield _message(self._sealing, event)


async def subscription(
    request: Request,
    inkdex: Inkdex,
    caller: Caller,
    last_event_id: Annotated[
        str | None, Header(description="The id of the last event that was seen.")
    ] = None,
) -> AsyncIterator[Messages]:
    """Subscribe before the response starts, so that a failure can still be answered."""
    caller.require(Action.READ)
    reader = Reader(caller, client_address(request))
    tenant, sealing = caller.tenant, await inkdex.sealing()
    allows_former = inkdex.server_key.allows_former
    after = last_event_id and position_of(
        sealing, tenant, last_event_id, allows_former=allows_former
    )
    async with inkdex.events.subscribe(reader, after or None) as events:
        yield Messages(events, sealing, tenant)


@router.get(
    "",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/event-stream": STREAM}}},
)
async def stream_events(
    messages: Annotated[Messages, Depends(subscription)],
) -> EventSourceResponse:
    """Stream `document` events with id, collection, status and version.

    A `migration` event has the state and the progress of a migration that has changed, an `import`
    event an import that has ended, as `GET /v1/imports/{id}` returns it.

    The first event is `missed` if events after `Last-Event-ID` are already deleted. The client
    should then read the documents again.
    """
    return EventSourceResponse(messages.encoded(), headers=HEADERS)


@lru_cache(maxsize=1000)
def _message(sealing: Sealing, event: Event) -> bytes:
    """Return the encoded event. All listeners of its tenant share it."""
    body = EventOut(
        id=event.ref.id,
        collection=event.ref.collection.name,
        status=event.status,
        version=event.version,
    )
    id_ = event_id(sealing, event.ref.collection.tenant, event.position)
    return format_sse_event(data_str=body.model_dump_json(), event="document", id=id_)

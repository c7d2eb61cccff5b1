"""What a webhook receives: documents that are ready or failed, or the end of an import."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shared.domain.documents.imports import Import
from shared.domain.events.event import Position
from shared.domain.refs import Collection
from shared.domain.webhooks.delivery import EndedImport, WebhookEvent
from shared.ports.sealing import Sealed, Sealing

_OF_IMPORT = (
    *("id", "collection", "state", "accepted", "unchanged", "rejected", "ready", "failed"),
    *("skipped", "deleted", "pending", "vectors_used", "bytes"),
)
"""The fields that `GET /v1/imports/{id}` has too, besides the times."""


@dataclass(frozen=True, slots=True)
class Message:
    """A body, the number of its events, and the positions of the first and the last one."""

    body: bytes
    events: int
    first: Position
    last: Position


def before_import(found: Sequence[WebhookEvent | EndedImport]) -> list[WebhookEvent]:
    """Return the events of documents that come before the end of an import."""
    events = []
    for each in found:
        if isinstance(each, EndedImport):
            break
        events.append(each)
    return events


def of_documents(
    sealing: Sealing, collection: Collection, events: Sequence[WebhookEvent]
) -> Message:
    documents = [
        {
            "event_id": _event_id(sealing, collection, event.position),
            "id": event.id,
            "status": event.status,
            "version": event.version,
            "at": event.created_at.isoformat(),
        }
        for event in events
    ]
    data = {"collection": collection.name, "documents": documents}
    body = _body("documents.settled", events[-1].created_at, data)
    return Message(body, len(events), events[0].position, events[-1].position)


def of_import(sealing: Sealing, position: Position, ended: Import | None) -> Message | None:
    """Return the message about an ended import, with its counts of this moment."""
    if ended is None or ended.ended_at is None:
        return None
    (collection,) = ended.collections
    shown = {name: getattr(ended, name) for name in _OF_IMPORT} | {
        "id": str(ended.id),
        "started_at": ended.started_at.isoformat(),
        "ended_at": ended.ended_at.isoformat(),
    }
    event_id = _event_id(sealing, collection, position)
    data = {"collection": collection.name, "event_id": event_id, "import": shown}
    return Message(_body("import.ended", ended.ended_at, data), 1, position, position)


def _event_id(sealing: Sealing, collection: Collection, position: Position) -> str:
    return sealing.seal(Sealed.EVENT, collection.tenant, position.packed())


def _body(type_: str, at: datetime, data: Mapping[str, Any]) -> bytes:
    message = {"type": type_, "timestamp": at.isoformat(), "data": data}
    return json.dumps(message, ensure_ascii=False).encode()

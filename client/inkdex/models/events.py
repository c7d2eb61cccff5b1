"""Events: what has changed."""

from typing import Any

from pydantic import Field

from inkdex.models.answer import Answer


class Event(Answer):
    """An event of any kind. `event_id` continues the stream after it."""

    kind: str
    event_id: str | None
    data: dict[str, Any] = Field(default_factory=dict)


class DocumentEvent(Event):
    """A document has changed; `deleted` is a status here."""

    id: str
    collection: str
    status: str
    version: int


class MigrationEvent(Event):
    """A migration has changed."""

    id: int
    collection: str
    state: str


class ImportEvent(Event):
    """An import is done."""

    id: str
    state: str


class MissedEvent(Event):
    """Events are lost, because they were deleted. Read the documents again."""

    detail: str

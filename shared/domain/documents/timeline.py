"""A document's way from its write to `ready`: what happened when, and how things stand now."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from shared.domain.documents.document import Failure, Lane, Status


class Role(StrEnum):
    """What a model is for a collection."""

    ACTIVE = "active"
    """Searches use it."""
    BUILDING = "building"
    """A migration embeds the collection under it."""
    PREVIOUS = "previous"
    """It was active before, and can become so again."""


class EventKind(StrEnum):
    """What happened to a document, or to the file that it is from."""

    FILE_RECEIVED = "file_received"
    FILE_CLAIMED = "file_claimed"
    FILE_READ = "file_read"
    FILE_FAILED = "file_failed"
    CREATED = "created"
    TEXT_WRITTEN = "text_written"
    METADATA_CHANGED = "metadata_changed"
    QUEUED = "queued"
    FAILED = "failed"
    EMBEDDED = "embedded"


@dataclass(frozen=True, slots=True)
class TimelineEvent:
    """What happened at a known time. `version` is that of the document."""

    at: datetime
    kind: EventKind
    version: int | None = None
    model: str | None = None
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class Vectors:
    """What is searchable under a model. `sent` chunks came with their vectors."""

    embedded_at: datetime
    version: int
    chunks: int
    chunks_sent: int


@dataclass(frozen=True, slots=True)
class UnderModel:
    """A document under a model: what is owed, and what is there.

    Without a job nothing is owed, and `queued_at` and `lane` are None.
    """

    model: str
    role: Role
    status: Status
    queued_at: datetime | None
    lane: Lane | None
    claimed: bool
    attempts: int
    error: Failure | None
    failed_at: datetime | None
    vectors: Vectors | None

    def events(self, text_version: int) -> Iterator[TimelineEvent]:
        """Yield what is known of the document's current text, and of its vectors."""
        if self.queued_at:
            yield TimelineEvent(self.queued_at, EventKind.QUEUED, text_version, self.model)
        if self.failed_at and self.error:
            detail = self.error.message
            yield TimelineEvent(self.failed_at, EventKind.FAILED, text_version, self.model, detail)
        if found := self.vectors:
            yield TimelineEvent(found.embedded_at, EventKind.EMBEDDED, found.version, self.model)


@dataclass(frozen=True, slots=True)
class OfFile:
    """The file that a document is from.

    `state` tells how far its extraction is, and `status` what GET /v1/files does.
    """

    id: str
    state: str
    status: str
    created_at: datetime
    claimed_at: datetime | None
    updated_at: datetime
    error_message: str | None

    def events(self) -> Iterator[TimelineEvent]:
        """Yield what is known of the file."""
        yield TimelineEvent(self.created_at, EventKind.FILE_RECEIVED)
        if self.claimed_at:
            yield TimelineEvent(self.claimed_at, EventKind.FILE_CLAIMED)
        if self.state == "done":
            yield TimelineEvent(self.updated_at, EventKind.FILE_READ)
        if self.state == "failed":
            yield TimelineEvent(self.updated_at, EventKind.FILE_FAILED, detail=self.error_message)


@dataclass(frozen=True, slots=True)
class WrittenDocument:
    """A document's versions and times. `content_version` is the one that changed its text."""

    key: int
    status: Status
    version: int
    content_version: int
    lane: Lane
    created_at: datetime
    updated_at: datetime

    def events(self) -> Iterator[TimelineEvent]:
        """Yield its first write and its last one. Of those in between no time is kept."""
        yield TimelineEvent(self.created_at, EventKind.CREATED, 1)
        if self.version > 1:
            is_text = self.content_version == self.version
            kind = EventKind.TEXT_WRITTEN if is_text else EventKind.METADATA_CHANGED
            yield TimelineEvent(self.updated_at, kind, self.version)


@dataclass(frozen=True, slots=True)
class Timeline:
    """All that is known of a document's way."""

    document: WrittenDocument
    file: OfFile | None
    models: Sequence[UnderModel]

    def events(self) -> list[TimelineEvent]:
        """Return what happened, the oldest first."""
        found = [*(self.file.events() if self.file else ()), *self.document.events()]
        for each in self.models:
            found += each.events(self.document.content_version)
        return sorted(found, key=lambda event: event.at)

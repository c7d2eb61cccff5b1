"""Documents: their fields, their hash and their status."""

import hashlib
import os
import time
import uuid
from dataclasses import dataclass, field, fields
from datetime import datetime
from enum import StrEnum
from typing import Any

from shared.domain.refs import DocumentRef

TITLE_MAX_CHARACTERS = 2000
DEFAULT_COLLECTION = "default"
INTERACTIVE_MAX_BYTES = 64 * 1024
"""A larger document takes the model many seconds, so small ones must not wait behind it."""


class Status(StrEnum):
    """A document's state under the active model."""

    PENDING = "pending"
    """Its latest text is not embedded yet."""
    READY = "ready"
    """Its vectors are those of its latest text."""
    FAILED = "failed"
    """Its last attempt failed, and no retry is scheduled. `error` says why."""


class Lane(StrEnum):
    """The queue in which a document waits to be embedded."""

    INTERACTIVE = "interactive"
    """Single writes, which somebody waits for."""
    BULK = "bulk"
    """Imports, and single writes of large documents."""
    BACKFILL = "backfill"
    """Stored documents that a migration embeds under another model. No write uses it."""


@dataclass(frozen=True, slots=True)
class NewDocument:
    """A document as its writer sends it. A new field of a document starts here."""

    ref: DocumentRef
    title: str | None
    content: str
    metadata: dict[str, Any] = field(default_factory=dict)

    @property
    def content_hash(self) -> bytes:
        """SHA-256 of everything that is embedded: title, NUL and content, or content alone."""
        text = self.content if self.title is None else f"{self.title}\0{self.content}"
        return hashlib.sha256(text.encode()).digest()


WRITTEN_FIELDS = tuple(each.name for each in fields(NewDocument) if each.name != "ref")
"""The fields of a document besides its ref."""

SOURCE = "source"
"""The key of the metadata that names where an import found a document."""


@dataclass(frozen=True, slots=True)
class Embedding:
    """A document's searchable vectors. `version` is the document version they were made of."""

    model: str
    dimensions: int
    chunks: int
    version: int


@dataclass(frozen=True, slots=True)
class Failure:
    """A document's last failed attempt. `retry_at` is None if no retry is scheduled."""

    code: str
    message: str
    attempts: int
    retry_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Document(NewDocument):
    """A stored document."""

    content_hash: bytes
    status: Status
    version: int
    lane: Lane
    error: Failure | None
    embedding: Embedding | None
    created_at: datetime
    updated_at: datetime
    ready_at: datetime | None

    def as_written(self) -> NewDocument:
        """Return what its writer sent. A changed copy of it has a hash of its own."""
        return NewDocument(self.ref, *(getattr(self, name) for name in WRITTEN_FIELDS))


@dataclass(frozen=True, slots=True)
class DocumentState:
    """A document's id and status, and the error of its last failed attempt."""

    id: str
    status: Status
    error_code: str | None
    error_message: str | None


READ_ONLY_FIELDS = frozenset(each.name for each in fields(Document)) - {
    each.name for each in fields(NewDocument)
}
"""The fields of a stored document that no writer decides."""


def lane_of_single_write(new: NewDocument) -> Lane:
    """Return the lane of a document that is written on its own."""
    is_large = len(new.content.encode()) > INTERACTIVE_MAX_BYTES
    return Lane.BULK if is_large else Lane.INTERACTIVE


def new_id() -> str:
    """Return a UUIDv7, which sorts by creation time (RFC 9562)."""
    milliseconds = time.time_ns() // 1_000_000
    bits = (milliseconds << 80) | int.from_bytes(os.urandom(10), "big")
    bits = bits & ~(0xF << 76) | (0x7 << 76)
    bits = bits & ~(0x3 << 62) | (0x2 << 62)
    return str(uuid.UUID(int=bits))

"""What a document is: its fields, its limits, its hash and its life."""

import hashlib
import os
import time
import uuid
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

ID_MAX_CHARACTERS = 255
TITLE_MAX_CHARACTERS = 2000
DEFAULT_COLLECTION = "default"


class Status(StrEnum):
    """Where a document stands under the active model."""

    PENDING = "pending"
    """It is owed an embedding of its latest text."""
    READY = "ready"
    """Its vectors are those of its latest text."""
    FAILED = "failed"
    """Its last attempt failed and none will follow by itself; `error` says why."""


class Lane(StrEnum):
    """Which queue a document's work waits in."""

    INTERACTIVE = "interactive"
    """Somebody waits for it: a single write."""
    BULK = "bulk"
    """Nobody waits for one of it: an import."""


@dataclass(frozen=True, slots=True)
class NewDocument:
    """A document as it is to be stored; validated by `check`."""

    id: str
    collection: str
    title: str | None
    content: str
    metadata: dict[str, Any] = field(default_factory=dict)

    @property
    def content_hash(self) -> bytes:
        """SHA-256 of all that is embedded: the content, after the title and a NUL if it has one."""
        text = self.content if self.title is None else f"{self.title}\0{self.content}"
        return hashlib.sha256(text.encode()).digest()


@dataclass(frozen=True, slots=True)
class Embedding:
    """The vectors of a document that are searchable now."""

    model: str
    dimensions: int
    chunks: int
    version: int


@dataclass(frozen=True, slots=True)
class Failure:
    """A document's last failed attempt; `retry_at` is None when none will follow."""

    code: str
    message: str
    attempts: int
    retry_at: datetime | None


@dataclass(frozen=True, slots=True)
class Document:
    """A stored document and where it stands."""

    id: str
    collection: str
    title: str | None
    content: str
    metadata: dict[str, Any]
    status: Status
    version: int
    content_hash: bytes
    lane: Lane
    error: Failure | None
    embedding: Embedding | None
    created_at: datetime
    updated_at: datetime
    ready_at: datetime | None


def new_id() -> str:
    """Return a UUIDv7: unique, and sorted by time of making (RFC 9562)."""
    milliseconds = time.time_ns() // 1_000_000
    bits = (milliseconds << 80) | int.from_bytes(os.urandom(10), "big")
    bits = bits & ~(0xF << 76) | (0x7 << 76)
    bits = bits & ~(0x3 << 62) | (0x2 << 62)
    return str(uuid.UUID(int=bits))

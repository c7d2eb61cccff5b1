"""What a document is: its fields, its limits, its hash and its life."""

import hashlib
import math
import os
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from shared.domain.errors import DocumentInvalid, FieldError

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


def check_text(text: str, *path: str | int) -> None:
    """Raise DocumentInvalid for what PostgreSQL can't store: NUL and lone surrogates."""
    if "\0" in text:
        raise DocumentInvalid(FieldError(path, "must not contain the NUL character (U+0000)"))
    try:
        text.encode()
    except UnicodeEncodeError:
        raise DocumentInvalid(
            FieldError(path, "must not contain lone surrogates (U+D800 to U+DFFF)")
        ) from None


def check_identifier(text: str, *path: str | int) -> None:
    """Raise DocumentInvalid unless `text` can name a document or collection in a URL."""
    check_text(text, *path)
    if not 1 <= len(text) <= ID_MAX_CHARACTERS:
        raise DocumentInvalid(FieldError(path, f"must have 1 to {ID_MAX_CHARACTERS} characters"))
    if text in {".", ".."}:
        raise DocumentInvalid(FieldError(path, "must not be '.' or '..', which no URL can hold"))


def check_metadata(metadata: dict[str, Any], *path: str | int) -> None:
    """Raise DocumentInvalid for values that JSON or PostgreSQL's jsonb can't hold."""
    for place, value in _walk(metadata, path):
        if isinstance(value, str):
            check_text(value, *place)
        elif isinstance(value, float) and not math.isfinite(value):
            raise DocumentInvalid(FieldError(place, "must be a finite number"))


def _walk(
    value: object, path: tuple[str | int, ...]
) -> Iterator[tuple[tuple[str | int, ...], object]]:
    """Yield each value below `value` with its path; keys count as values of their own place."""
    pending = [(path, value)]
    while pending:
        place, item = pending.pop()
        if isinstance(item, dict):
            for key, below in item.items():
                yield place, key
                pending.append(((*place, key), below))
        elif isinstance(item, list):
            pending.extend(((*place, index), below) for index, below in enumerate(item))
        else:
            yield place, item

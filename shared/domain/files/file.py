"""Files as they are sent, stored and extracted, and the documents that they become."""

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from shared.domain.documents.document import SOURCE, NewDocument
from shared.domain.files.parts import ExtractorVersion, FileErrorCode, Part
from shared.domain.reasons import FailureKind, RejectionCode
from shared.domain.refs import Collection, DocumentRef
from shared.domain.resilience.retry import RetryPolicy

PIECE_BYTES = 1024 * 1024
FILE = "file"
"""The key of the metadata that names the file of a document."""
MEDIA_TYPE = "media_type"
TRIED_AGAIN = frozenset({FileErrorCode.TIMED_OUT, FileErrorCode.OUT_OF_MEMORY})
"""These may be the fault of a busy machine. Others fail again under the same limits."""
RETRY = RetryPolicy(max_attempts=3, base_seconds=5.0, cap_seconds=300.0)
WRITE_RETRY = RetryPolicy(max_attempts=7, base_seconds=10.0, cap_seconds=300.0)
"""Documents that others hold may be locked for a minute, as while a collection is renamed."""
QUOTA_EXCEEDED = "quota-exceeded"
MAY_PASS = frozenset({RejectionCode.MODEL_FAILED, *TRIED_AGAIN, QUOTA_EXCEEDED})
"""The same text or file may succeed later: something else may be to blame, or was too full."""


class FileStatus(StrEnum):
    """A file's state, which is that of its documents once there are some."""

    EXTRACTING = "extracting"
    """Its text is not read yet, or is being read. Former documents stay until it is."""
    PENDING = "pending"
    """Some of its documents are not embedded yet."""
    READY = "ready"
    FAILED = "failed"
    """It could not be read, or a document of it could not be embedded. `error` says why."""


@dataclass(frozen=True, slots=True, order=True)
class FileRef:
    """A file's collection and its id there."""

    collection: Collection
    id: str


@dataclass(frozen=True, slots=True)
class FileOptions:
    """What the sender says of the documents of a file. It goes over what the file itself says."""

    title: str | None
    metadata: dict[str, Any]
    source: str | None


@dataclass(frozen=True, slots=True)
class NewFile:
    """A file as it was received. Its bytes are stored as the pieces of `content_key`."""

    ref: FileRef
    name: str
    media_type: str | None
    size: int
    sha256: bytes
    options: FileOptions
    content_key: int
    sweep: str | None = None
    """A name of the pass over the source that sent it."""


@dataclass(frozen=True, slots=True)
class Unsent:
    """The files of a source that a sweep did not send."""

    collection: Collection
    source: str
    sweep: str


@dataclass(frozen=True, slots=True)
class FileFailure:
    """Why a file could not be read, or why a document of it is not embedded."""

    kind: FailureKind
    code: str
    message: str
    attempts: int

    @property
    def retry_may_help(self) -> bool:
        """Whether the same file may succeed under the same limits and model."""
        return self.code in MAY_PASS


@dataclass(frozen=True, slots=True)
class File:
    """A stored file. `documents` is how many it has now."""

    key: int
    ref: FileRef
    name: str
    media_type: str | None
    size: int
    sha256: bytes
    source: str | None
    status: FileStatus
    error: FileFailure | None
    documents: int
    pages: int | None
    extractor: ExtractorVersion | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class DueFile:
    """A file that a worker extracts, leased under `token`."""

    key: int
    ref: FileRef
    name: str
    media_type: str | None
    options: FileOptions
    content_key: int
    revision: int
    attempts: int
    reader_died: bool
    import_key: int | None
    token: UUID

    def document(self, part: Part, number: int) -> NewDocument:
        """Return a part as a document. Number 0 is the only one."""
        said = part.metadata if not part.language else {**part.metadata, "lang": part.language}
        own: dict[str, Any] = {FILE: self.ref.id}
        if self.options.source is not None:
            own[SOURCE] = self.options.source
        if self.media_type is not None:
            own[MEDIA_TYPE] = self.media_type
        metadata = {**said, **self.options.metadata, **own}
        ref = DocumentRef(self.ref.collection, document_id(self.ref.id, number))
        return NewDocument(ref, self.options.title or part.title, part.text, metadata)


def document_id(file_id: str, number: int) -> str:
    return f"{file_id}#{number}" if number else file_id


def numbers_of(parts: int) -> range:
    """Return the numbers of the documents of a file with so many parts."""
    return range(1, parts + 1) if parts > 1 else range(parts)


def is_newer(own: ExtractorVersion, stored: ExtractorVersion) -> bool:
    """Return whether a worker's extractor is a later version of the one that read a file."""
    return own.name == stored.name and _numbers(own.version) > _numbers(stored.version)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.split(r"[-+.]", version) if part.isdecimal())


@dataclass(frozen=True, slots=True)
class FileListing:
    """A page of the files of a collection, newest first, after the one with the key `after`.

    With `unread`, only files whose text could not be read.
    """

    collection: Collection
    status: FileStatus | None = None
    unread: bool = False
    source: str | None = None
    limit: int = 50
    after: int | None = None

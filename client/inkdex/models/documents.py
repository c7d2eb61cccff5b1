"""Documents, and what became of many of them."""

from datetime import datetime
from typing import Any

from pydantic import Field

from inkdex.models.answer import Answer


class DocumentError(Answer):
    """The last failed attempt. `retry_at` is None if no retry is scheduled."""

    code: str
    message: str
    attempts: int
    retry_at: datetime | None = None


class DocumentEmbedding(Answer):
    """The vectors that are searchable now, and the version they were made of."""

    model: str
    dimensions: int
    chunks: int
    version: int


class Document(Answer):
    """A stored document. `status` is `pending`, `ready` or `failed`."""

    id: str
    collection: str
    title: str | None
    content: str
    metadata: dict[str, Any]
    status: str
    version: int
    content_hash: str
    lane: str
    error: DocumentError | None
    embedding: DocumentEmbedding | None
    created_at: datetime
    updated_at: datetime
    ready_at: datetime | None


class TimelineEvent(Answer):
    """What happened to a document, or to its file, at a known time."""

    at: datetime
    kind: str
    version: int | None
    model: str | None
    detail: str | None


class Origin(Answer):
    """The file that a document is from.

    `status` is `extracting`, `pending`, `ready` or `failed`.
    """

    id: str
    status: str


class StoredVectors(Answer):
    """What is searchable under a model."""

    embedded_at: datetime
    version: int
    chunks: int
    chunks_sent: int


class UnderModel(Answer):
    """How a document stands under a model. `role` is `active`, `building` or `previous`."""

    model: str
    role: str
    status: str
    queued_at: datetime | None
    lane: str | None
    claimed: bool
    attempts: int
    error: DocumentError | None
    embedding: StoredVectors | None


class Timeline(Answer):
    """A document's way from its write to `ready`."""

    id: str
    collection: str
    status: str
    version: int
    lane: str
    file: Origin | None
    events: list[TimelineEvent]
    models: list[UnderModel]


class Chunk(Answer):
    """A piece of a text that has a vector, by offsets in code points."""

    start: int
    end: int


class DocumentChunks(Answer):
    """The chunks of a document under the active model, in the order of the text."""

    id: str
    collection: str
    version: int | None
    model: str | None
    items: list[Chunk]


class DocumentPage(Answer):
    """A page of documents."""

    items: list[Document]
    next_cursor: str | None


class Documents(Answer):
    """The documents that exist, and the ids of those that do not.

    `left_out` exist and did not fit: fetch them again.
    """

    items: list[Document]
    missing: list[str] = Field(default_factory=list)
    left_out: list[str] = Field(default_factory=list)


class DocumentState(Answer):
    """A document's status, and the error of its last failed attempt."""

    id: str
    status: str
    error_code: str | None
    error_message: str | None


class DocumentStates(Answer):
    """The states of the documents that exist, in no order."""

    items: list[DocumentState]


class Deleted(Answer):
    """How many documents, or files, were deleted."""

    deleted: int


class Changed(Answer):
    """How many documents were changed."""

    changed: int


class Retried(Answer):
    """How many failed documents are pending again."""

    retried: int


class RejectedLine(Answer):
    """A line that is not a valid document. Lines count from 1."""

    line: int
    id: str | None
    error: str


class BulkAnswer(Answer):
    """The answer to one request of an import."""

    accepted: int = 0
    replaced: int = 0
    unchanged: int = 0
    vectors_taken: int = 0
    rejected_count: int = 0
    rejected: list[RejectedLine] = Field(default_factory=list)
    import_id: str | None = Field(default=None, alias="import")


class StoppedImport(BulkAnswer):
    """How far an import came that ended early: the lines up to `line` are stored."""

    line: int = 0

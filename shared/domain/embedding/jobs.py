"""Jobs and claims: what is owed, and what a worker has leased."""

from dataclasses import dataclass
from uuid import UUID

from shared.domain.embedding.vectors import Vector
from shared.domain.errors import RejectionCode
from shared.domain.refs import DocumentRef


@dataclass(frozen=True, slots=True)
class Job:
    """A claimed job, with the text as it was just after the claim."""

    key: int
    ref: DocumentRef
    title: str | None
    content: str
    content_hash: bytes
    has_chunks: bool
    attempts: int
    waited_seconds: float


@dataclass(frozen=True, slots=True)
class Claim:
    """Jobs of one lane under one lease; `token` is what every later statement must show.

    `taken_over` counts those whose former lease had run out; `more` tells that others were due.
    """

    token: UUID
    model_id: int
    jobs: tuple[Job, ...]
    taken_over: int = 0
    more: bool = False


@dataclass(frozen=True, slots=True)
class ClaimLimits:
    """How much is claimed at a time: one document of any size, or several within both limits."""

    documents: int
    content_bytes: int


ChunkKey = tuple[int, bytes]
"""A document's key and a text's hash: what tells one chunk from all others of a model."""


@dataclass(frozen=True, slots=True)
class NewChunk:
    """A piece of a document's content by its offsets; `vector` None keeps what is stored."""

    start_offset: int
    end_offset: int
    text_hash: bytes
    vector: Vector | None


@dataclass(frozen=True, slots=True)
class FailedAttempt:
    """A job whose document is at fault; `delay_seconds` None means that it was the last try."""

    job: Job
    code: RejectionCode
    message: str
    delay_seconds: float | None

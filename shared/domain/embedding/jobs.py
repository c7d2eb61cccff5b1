"""Embedding jobs, and the claims by which a worker leases them."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from shared.domain.embedding.flows import FlowRange
from shared.domain.embedding.vectors import Vector
from shared.domain.reasons import RejectionCode
from shared.domain.refs import DocumentRef


@dataclass(frozen=True, slots=True)
class Job:
    """A claimed job with its document's text, read just after the claim.

    `title` is the one that is embedded.
    """

    key: int
    ref: DocumentRef
    title: str | None
    content: str
    content_hash: bytes
    has_chunks: bool
    attempts: int
    waited_seconds: float
    has_vectors: bool = False


@dataclass(frozen=True, slots=True)
class Claim:
    """Jobs of one lane under one lease; every later statement must match its `token`.

    `taken_over` counts the jobs whose previous lease had expired. `more` is true if other jobs
    were due as well. `last_flow` is the flow whose turn ended the claim. `length` is that of
    its longest document.
    """

    token: UUID
    model_id: int
    jobs: tuple[Job, ...]
    taken_over: int = 0
    more: bool = False
    last_flow: int | None = None
    length: int | None = None


@dataclass(frozen=True, slots=True)
class ClaimLimits:
    """The size of a claim: one document of any size, or several within both limits.

    `flows` are those that may be claimed, in the order of their turns.
    """

    documents: int
    content_bytes: int
    flows: Sequence[FlowRange]


ChunkKey = tuple[int, bytes]
"""A document's key and a text's hash, which identify a chunk among those of one model."""


@dataclass(frozen=True, slots=True)
class NewChunk:
    """A piece of a document's content by its offsets; without a `vector` the stored one is kept.

    `sent`: the vector came with the document, and is not reused for others.
    """

    start_offset: int
    end_offset: int
    text_hash: bytes
    vector: Vector | None
    sent: bool = False


@dataclass(frozen=True, slots=True)
class FailedAttempt:
    """An attempt that failed because of its document; no `delay_seconds` means no more retries."""

    job: Job
    code: RejectionCode
    message: str
    delay_seconds: float | None

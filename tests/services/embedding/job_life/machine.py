"""Performs each step on the database and on the expected state."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, ClassVar, TypeVar
from uuid import UUID, uuid4

from hypothesis.stateful import Bundle, RuleBasedStateMachine

from shared.db.documents import retry_documents, write_documents
from shared.db.embedding import chunks, claims, jobs
from shared.db.kit.pool import AsyncConnection, Connection
from shared.db.models import embedding_models
from shared.domain.documents.document import Lane, NewDocument
from shared.domain.documents.writes import WriteMode
from shared.domain.embedding.chunks import embedded_text
from shared.domain.embedding.flows import LENGTHS, FlowTurns
from shared.domain.embedding.jobs import Claim, ClaimLimits, FailedAttempt, Job, NewChunk
from shared.domain.models.identity import ModelIdentity
from shared.domain.reasons import RejectionCode
from shared.domain.refs import Collection, DocumentRef, Tenant
from shared.domain.search.lexing.documents import lexed_document
from tests.services.embedding.job_life.expected import ExpectedDocuments
from tests.services.embedding.job_life.row_checks import check_answer
from tests.support.worker_harness import POISON, vector_of

LEASE_SECONDS = 1000.0
EVERY_FLOW = FlowTurns().next_ranges(Lane.BULK, LENGTHS[Lane.BULK][-1])
FAR_SECONDS = 1000.0
DRAIN_DOCUMENTS = 3

T = TypeVar("T")


@dataclass
class Connections:
    """A writer, a worker and a model. All examples share them."""

    loop: asyncio.Runner
    writer: AsyncConnection
    worker: Connection
    model_id: int = field(init=False)

    def __post_init__(self) -> None:
        model = embedding_models.adopt(self.worker, ModelIdentity("a-model"))
        embedding_models.learn(self.worker, model, "digest", vector_of("fingerprint"))
        self.model_id = model.id

    def clear(self) -> None:
        self.worker.execute("TRUNCATE documents, events CASCADE")

    def run(self, statement: Coroutine[Any, Any, T]) -> T:
        return self.loop.run(statement)

    def refs(self) -> dict[int, DocumentRef]:
        """Return all documents by key."""
        rows = self.worker.execute("SELECT key, collection, id FROM documents")
        return {row["key"]: DocumentRef.of_row(row["collection"], row["id"]) for row in rows}


@dataclass
class HeldClaim:
    """A claim of a worker. `claim` is None until the worker has read the leased documents."""

    token: UUID
    leased: claims.Leased = field(default_factory=dict)
    claim: Claim | None = None


CLAIMS: Bundle[HeldClaim] = Bundle("claims")


class Machine(RuleBasedStateMachine):
    """The connections, the expected state, and the steps that several rules share."""

    connections: ClassVar[Connections]

    def __init__(self) -> None:
        super().__init__()
        self.expected = ExpectedDocuments()
        self.connections.clear()

    def write(self, new: NewDocument, mode: WriteMode, version: int | None = None) -> None:
        created = new.ref not in self.expected.by_ref
        _, needs_embedding = self.expected.write(new, Lane.INTERACTIVE)
        written = self.connections.run(
            write_documents.accept(
                self.connections.writer, lexed_document(new), Lane.INTERACTIVE, mode, version
            )
        )
        assert (written.created, written.owed) == (created, needs_embedding)
        assert written.document is not None
        check_answer(written.document, self.expected.by_ref[new.ref])

    def retry(
        self, refs: list[DocumentRef], within: Collection | Tenant, id_: str | None = None
    ) -> None:
        lanes, _ = self.connections.run(
            retry_documents.retry_failed(self.connections.writer, within, id_)
        )
        assert lanes == self.expected.retry(refs)

    def claim(self, lane: Lane, limit: int) -> Claim:
        claim = claims.claim(
            self.connections.worker,
            self.connections.model_id,
            lane,
            claim_limits(limit),
            LEASE_SECONDS,
        )
        self.expected.lease(lane, limit, claim.token, {job.ref for job in claim.jobs})
        self.check_read(claim.jobs)
        return claim

    def check_read(self, read: tuple[Job, ...]) -> None:
        for job in read:
            document = self.expected.by_ref[job.ref]
            assert job.content_hash == document.new.content_hash
            assert job.has_chunks == (document.embedded is not None)

    def store(self, claim: Claim, part: tuple[Job, ...]) -> None:
        leased = self.expected.leased_jobs(claim)
        stored = jobs.store(
            self.connections.worker, claim, [(job, self._chunks(job)) for job in part]
        )
        refs = {job.ref for job in stored}
        assert refs == leased.keys() & {job.ref for job in part}
        for ref in refs:
            self.expected.by_ref[ref].store()

    def fail(self, claim: Claim, part: tuple[Job, ...], delay: float | None) -> None:
        message = str(uuid4())
        attempts = [FailedAttempt(job, RejectionCode.MODEL_FAILED, message, delay) for job in part]
        jobs.fail(self.connections.worker, claim, attempts)
        self.expected.fail(claim, attempts, FAR_SECONDS)

    def drain(self, lane: Lane) -> None:
        """Embed all due documents of a lane. Those with POISON fail."""
        while True:
            claim = self.claim(lane, DRAIN_DOCUMENTS)
            if not claim.jobs:
                return
            self.store(claim, tuple(job for job in claim.jobs if POISON not in job.content))
            self.fail(claim, tuple(job for job in claim.jobs if POISON in job.content), None)

    def expire_leases(self) -> None:
        self.connections.worker.execute(
            "UPDATE jobs SET lease_until = now() - interval '1 s' WHERE lease_until IS NOT NULL"
        )
        self.expected.expire()

    def end_delays(self) -> None:
        self.connections.worker.execute(
            "UPDATE jobs SET available_at = now() WHERE available_at > now()"
        )
        self.expected.end_delays()

    def _chunks(self, job: Job) -> list[NewChunk]:
        """Return the chunk of a document, without a vector if the same text has one."""
        text = embedded_text(job.title, job.content)
        digest = sha256(text.encode()).digest()
        stored = chunks.stored(self.connections.worker, self.connections.model_id, [job.key])
        vector = None if (job.key, digest) in stored else vector_of(text)
        return [NewChunk(0, len(job.content), digest, vector)]


def claim_limits(documents: int) -> ClaimLimits:
    return ClaimLimits(documents, 10**6, EVERY_FLOW)

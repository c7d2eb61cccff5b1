"""Batches of one model: claim, embed, store, with no transaction open during the model call."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import structlog

from shared.db.embedding import claims
from shared.db.kit.pool import Database
from shared.domain.documents.document import Lane
from shared.domain.embedding.flows import LENGTHS, FlowTurns
from shared.domain.embedding.jobs import Claim, ClaimLimits
from shared.domain.errors import LeaseLost
from shared.domain.model_errors import ModelUnavailable
from shared.domain.resilience.retry import RetryPolicy
from shared.ports.meters import WorkerMeter
from shared.services.embedding.batch_report import BatchReport
from shared.services.embedding.batch_writer import BatchWriter, EmbeddedBatch
from shared.services.embedding.document_embedding import DocumentEmbedding
from shared.services.embedding.lane_limiter import LaneLimiter
from shared.services.embedding.leases import Leases
from shared.services.models.model_server import ModelServer
from shared.services.models.served_model import VerifiedModel

log = structlog.get_logger()

BYTES_PER_TOKEN = 4
"""In English. Other scripts have fewer, so a claim of theirs takes a little longer."""


@dataclass(frozen=True, slots=True)
class BatchPolicy:
    """How much is claimed at a time, for how long, and how often it is retried.

    After `work_seconds` a task leaves further batches to another task.
    """

    documents: int
    requests: Mapping[Lane, int]
    lease_seconds: float
    work_seconds: float
    retry: RetryPolicy


@dataclass(frozen=True, slots=True)
class BatchTools:
    """What the batches of all models share."""

    database: Database
    documents: DocumentEmbedding
    writer: BatchWriter
    limiter: LaneLimiter
    leases: Leases
    policy: BatchPolicy
    meter: WorkerMeter
    wake: Callable[[Iterable[Lane]], None]


class ModelBatches:
    """Embeds due documents under one model, batch after batch. Safe to share between threads."""

    def __init__(self, server: ModelServer, tools: BatchTools) -> None:
        self.server = server
        self._tools = tools
        self._turns = FlowTurns()

    def embed(self, lane: Lane, most: int, on_more: Callable[[Lane], None]) -> BatchReport:
        """Embed up to `most` documents of a lane whose turn it is. Cheap if nothing is due.

        `on_more` is called right after a claim that left other due documents.
        """
        if not self.server.breaker.closed:
            return BatchReport(paused=self.server.breaker.paused_reason)
        try:
            model = self.server.model.verified()
        except ModelUnavailable as error:
            return self._pause(error)
        with self._claimed(model.id, lane, most) as claim:
            if not claim.jobs:
                return BatchReport()
            if claim.more:
                on_more(lane)
            with self._tools.leases.holding(claim):
                return self._embed_claim(claim, model, lane)

    @contextmanager
    def _claimed(self, model_id: int, lane: Lane, most: int) -> Iterator[Claim]:
        """Claim documents, long ones only as far as there is room. Keep the room in the block."""
        length, shortest = self._tools.limiter.lengthen(lane), LENGTHS[lane].start
        try:
            claim = self._claim(model_id, lane, length, most)
            self._tools.wake(self._tools.limiter.shorten(length, claim.length or shortest))
            length = claim.length or shortest
            yield claim
        finally:
            self._tools.wake(self._tools.limiter.shorten(length, shortest))

    def _claim(self, model_id: int, lane: Lane, longest: int, most: int) -> Claim:
        limits = self._claim_limits(lane, longest, most)
        started = time.perf_counter()
        with self._tools.database.connection() as connection:
            claim = claims.claim(
                connection, model_id, lane, limits, self._tools.policy.lease_seconds
            )
        if claim.last_flow is not None:
            self._turns.served(lane, claim.last_flow)
        if claim.jobs:
            waited = [job.waited_seconds for job in claim.jobs]
            self._tools.meter.claimed(lane, waited, claim.taken_over, time.perf_counter() - started)
        return claim

    def _claim_limits(self, lane: Lane, longest: int, most: int) -> ClaimLimits:
        tokens = self.server.calls.throughput.request_tokens * self._tools.policy.requests[lane]
        flows = self._turns.next_ranges(lane, longest)
        return ClaimLimits(most, BYTES_PER_TOKEN * tokens, flows)

    def _embed_claim(self, claim: Claim, model: VerifiedModel, lane: Lane) -> BatchReport:
        started = time.perf_counter()
        try:
            outcomes, reuse = self._tools.documents.embed(
                claim.jobs,
                model,
                lambda texts: self.server.calls.embed(
                    model, claim.length or 0, texts, lambda: self._tools.leases.check(claim)
                ),
            )
        except ModelUnavailable as error:
            self._tools.writer.release(claim)
            return self._pause(error)
        except LeaseLost:
            self._tools.writer.release(claim)
            return BatchReport(more=claim.more)
        if reuse.made:
            self.server.breaker.succeeded()
        report = self._tools.writer.write(EmbeddedBatch(claim, lane, outcomes, reuse, started))
        seconds = round(time.perf_counter() - started, 4)
        log.info("batch.done", lane=lane, **report.counts(), seconds=seconds)
        return report

    def _pause(self, error: ModelUnavailable) -> BatchReport:
        self.server.breaker.failed(error)
        return BatchReport(paused=error.reason)

"""Claim, embed, store: a batch at a time, with no transaction open during the model call."""

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
from shared.domain.errors import BrokerUnavailable, LeaseLost, ModelUnavailable, WritesRefused
from shared.domain.resilience.retry import RetryPolicy
from shared.ports.broker import WakeUps
from shared.ports.meters import WorkerMeter
from shared.services.embedding.batch_report import BatchReport
from shared.services.embedding.batch_writer import BatchWriter, EmbeddedBatch
from shared.services.embedding.document_embedding import DocumentEmbedding
from shared.services.embedding.lane_limiter import LaneLimiter
from shared.services.embedding.leases import Leases
from shared.services.embedding.storage_pause import StoragePause
from shared.services.models.active_model import VerifiedModel
from shared.services.models.model_server import ModelServer

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


def _ignore(_: Lane) -> None:
    pass


class EmbeddingService:
    """Embeds due documents, batch after batch. Safe to share between threads."""

    def __init__(
        self,
        database: Database,
        server: ModelServer,
        wake_ups: WakeUps,
        limiter: LaneLimiter,
        policy: BatchPolicy,
        meter: WorkerMeter,
        stopping: Callable[[], bool],
    ) -> None:
        self._database = database
        self._server = server
        self._documents = DocumentEmbedding(database)
        self._wake_ups = wake_ups
        self._limiter = limiter
        self._policy = policy
        self._meter = meter
        self._stopping = stopping
        self._writer = BatchWriter(database, meter, policy.retry, policy.lease_seconds)
        self.storage = StoragePause(database)
        self._turns = FlowTurns()
        self.leases = Leases()

    def work(self, lane: Lane) -> BatchReport:
        """Embed batches for a while if the lane has a free slot. Wake a task if more is due."""
        if not self._limiter.enter(lane):
            return BatchReport()
        report = BatchReport()
        try:
            report = self._embed_batches(lane)
        finally:
            self._wake_all(self._limiter.leave(lane) | ({lane} if report.more else set()))
        return report

    def _embed_batches(self, lane: Lane) -> BatchReport:
        until = time.monotonic() + self._policy.work_seconds
        report = self.embed_batch(lane, self._wake_if_free)
        while report.more and time.monotonic() < until and not self._stopping():
            report = report.followed_by(self.embed_batch(lane, self._wake_if_free))
        return report

    def embed_batch(self, lane: Lane, on_more: Callable[[Lane], None] = _ignore) -> BatchReport:
        """Embed the documents of a lane whose turn it is. Cheap if nothing is due.

        `on_more` is called right after a claim that left other due documents. While PostgreSQL
        refuses writes, nothing is claimed: the work could not be stored.
        """
        if not self.storage.is_over():
            return BatchReport(paused=self.storage.reason)
        try:
            return self._embed_batch(lane, on_more)
        except WritesRefused as error:
            self.storage.begin(error)
            return BatchReport(paused=error.reason)

    def _embed_batch(self, lane: Lane, on_more: Callable[[Lane], None]) -> BatchReport:
        if not self._server.breaker.closed:
            return BatchReport(paused=self._server.breaker.paused_reason)
        try:
            model = self._server.model.verified()
        except ModelUnavailable as error:
            return self._pause(error)
        with self._claimed(model.id, lane) as claim:
            if not claim.jobs:
                return BatchReport()
            if claim.more:
                on_more(lane)
            with self.leases.holding(claim):
                return self._embed_claim(claim, model, lane)

    def give_back(self) -> None:
        """End all leases, so that another worker can begin at once.

        Whatever this worker still makes of them is refused.
        """
        for claim in self.leases.held():
            self._writer.release_now(claim)

    def probe(self) -> None:
        """Ask a failed model server for one small embedding. Resume if it succeeds."""
        try:
            self._server.model.probe()
        except ModelUnavailable as error:
            self._server.breaker.failed(error)
        else:
            self._server.breaker.succeeded()

    @contextmanager
    def _claimed(self, model_id: int, lane: Lane) -> Iterator[Claim]:
        """Claim documents, long ones only as far as there is room. Keep the room in the block."""
        length, shortest = self._limiter.lengthen(lane), LENGTHS[lane].start
        try:
            claim = self._claim(model_id, lane, length)
            self._wake_all(self._limiter.shorten(length, claim.length or shortest))
            length = claim.length or shortest
            yield claim
        finally:
            self._wake_all(self._limiter.shorten(length, shortest))

    def _claim(self, model_id: int, lane: Lane, longest: int) -> Claim:
        limits = self._claim_limits(lane, longest)
        started = time.perf_counter()
        with self._database.connection() as connection:
            claim = claims.claim(connection, model_id, lane, limits, self._policy.lease_seconds)
        if claim.last_flow is not None:
            self._turns.served(lane, claim.last_flow)
        if claim.jobs:
            waited = [job.waited_seconds for job in claim.jobs]
            self._meter.claimed(lane, waited, claim.taken_over, time.perf_counter() - started)
        return claim

    def _claim_limits(self, lane: Lane, longest: int) -> ClaimLimits:
        tokens = self._server.calls.throughput.request_tokens * self._policy.requests[lane]
        flows = self._turns.next_ranges(lane, longest)
        return ClaimLimits(self._policy.documents, BYTES_PER_TOKEN * tokens, flows)

    def _embed_claim(self, claim: Claim, model: VerifiedModel, lane: Lane) -> BatchReport:
        started = time.perf_counter()
        try:
            outcomes, reuse = self._documents.embed(
                claim.jobs,
                model,
                lambda texts: self._server.calls.embed(
                    model, claim.length or 0, texts, lambda: self.leases.check(claim)
                ),
            )
        except ModelUnavailable as error:
            self._writer.release(claim)
            return self._pause(error)
        except LeaseLost:
            self._writer.release(claim)
            return BatchReport(more=claim.more)
        if reuse.made:
            self._server.breaker.succeeded()
        report = self._writer.write(EmbeddedBatch(claim, lane, outcomes, reuse, started))
        seconds = round(time.perf_counter() - started, 4)
        log.info("batch.done", lane=lane, **report.counts(), seconds=seconds)
        return report

    def _pause(self, error: ModelUnavailable) -> BatchReport:
        self._server.breaker.failed(error)
        return BatchReport(paused=error.reason)

    def _wake_if_free(self, lane: Lane) -> None:
        if self._limiter.has_room(lane):
            self._wake(lane)

    def _wake_all(self, lanes: Iterable[Lane]) -> None:
        for lane in lanes:
            self._wake(lane)

    def _wake(self, lane: Lane) -> None:
        try:
            self._wake_ups.wake(lane, [])
        except BrokerUnavailable as error:
            log.info("wake.left_to_sweep", lane=lane, detail=str(error))

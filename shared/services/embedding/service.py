"""Claim, embed, store: a batch of a lane's due documents, with no transaction open meanwhile."""

import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import structlog

from shared.db.embedding import claims, jobs
from shared.db.kit.pool import Database
from shared.domain.documents.document import Lane
from shared.domain.embedding.jobs import Claim, ClaimLimits, FailedAttempt, Job
from shared.domain.errors import (
    BrokerUnavailable,
    DatabaseUnavailable,
    LeaseLost,
    ModelUnavailable,
    TextRejected,
)
from shared.domain.resilience.retry import RetryPolicy
from shared.ports.broker import WakeUps
from shared.ports.meters import EmbedMeter, Unmetered
from shared.services.embedding.document_embedding import DocumentEmbedding, Embedded, Reuse
from shared.services.embedding.lane_limiter import LaneLimiter
from shared.services.embedding.leases import Leases
from shared.services.embedding.model_calls import ModelCalls
from shared.services.models.active_model import ActiveModel, VerifiedModel
from shared.services.models.model_breaker import ModelBreaker

log = structlog.get_logger()

BYTES_PER_TOKEN = 4
"""Of English; other scripts have fewer, and so a claim of theirs takes a little longer."""


@dataclass(frozen=True, slots=True)
class BatchPolicy:
    """How much is claimed at a time, for how long, and how often it is tried.

    After `work_seconds` a task leaves further batches to another.
    """

    documents: int
    requests: Mapping[Lane, int]
    lease_seconds: float
    work_seconds: float
    retry: RetryPolicy


@dataclass(frozen=True, slots=True)
class Report:
    """What became of a batch, or several: ids by outcome; `more` when others were due as well.

    The longest list is last, for Flower shows only so much.
    """

    failed: list[str] = field(default_factory=list)
    retrying: list[str] = field(default_factory=list)
    left: int = 0
    chunks_embedded: int = 0
    chunks_reused: int = 0
    more: bool = False
    paused: str | None = None
    ready: list[str] = field(default_factory=list)

    def followed_by(self, later: "Report") -> "Report":
        """Return what became of two batches, one after the other."""
        return Report(
            ready=self.ready + later.ready,
            failed=self.failed + later.failed,
            retrying=self.retrying + later.retrying,
            left=self.left + later.left,
            chunks_embedded=self.chunks_embedded + later.chunks_embedded,
            chunks_reused=self.chunks_reused + later.chunks_reused,
            more=later.more,
            paused=later.paused,
        )


def _ignore(_: Lane) -> None:
    """Do nothing."""


class EmbeddingService:
    """Embeds due documents, batch after batch; safe to call from several threads."""

    def __init__(
        self,
        database: Database,
        calls: ModelCalls,
        model: ActiveModel,
        health: ModelBreaker,
        wake_ups: WakeUps,
        slots: LaneLimiter,
        policy: BatchPolicy,
    ) -> None:
        self._database = database
        self._calls = calls
        self._documents = DocumentEmbedding(database)
        self._model = model
        self._health = health
        self._wake_ups = wake_ups
        self._slots = slots
        self._policy = policy
        self.leases = Leases()
        self.meter: EmbedMeter = Unmetered()
        self.stopping: Callable[[], bool] = lambda: False

    def work(self, lane: Lane) -> Report:
        """Embed batches for a while if the lane has a slot; wake another if more is due then."""
        if not self._slots.enter(lane):
            return Report()
        report = Report()
        try:
            report = self._embed_batches(lane)
        finally:
            turned_away = self._slots.leave(lane)
            if report.more or turned_away:
                self._wake(lane)
        return report

    def _embed_batches(self, lane: Lane) -> Report:
        until = time.monotonic() + self._policy.work_seconds
        report = self.embed_batch(lane, self._wake_if_room)
        while report.more and time.monotonic() < until and not self.stopping():
            report = report.followed_by(self.embed_batch(lane, self._wake_if_room))
        return report

    def embed_batch(self, lane: Lane, on_more: Callable[[Lane], None] = _ignore) -> Report:
        """Embed the lane's longest due documents; nothing due or no model is a cheap no-op.

        `on_more` is told at once when the claim left others that were due.
        """
        if not self._health.closed:
            return Report(paused=self._health.paused_reason)
        try:
            model = self._model.verified()
        except ModelUnavailable as error:
            return self._pause(error)
        claim = self._claim(model.id, lane)
        if not claim.jobs:
            return Report()
        if claim.more:
            on_more(lane)
        with self.leases.holding(claim):
            return self._work(claim, model, lane)

    def give_back(self) -> None:
        """End the leases held now, for this worker stops and another can begin at once.

        What this one makes of them yet is refused.
        """
        for claim in self.leases.held():
            self._release(claim)

    def probe(self) -> None:
        """Ask a server that was down for one small thing, and resume if it can do it."""
        try:
            self._model.probe()
        except ModelUnavailable as error:
            self._health.failed(error)
        else:
            self._health.succeeded()

    def _claim(self, model_id: int, lane: Lane) -> Claim:
        tokens = self._calls.pace.request_tokens * self._policy.requests[lane]
        limits = ClaimLimits(self._policy.documents, BYTES_PER_TOKEN * tokens)
        started = time.perf_counter()
        with self._database.connection() as connection:
            claim = claims.claim(connection, model_id, lane, limits, self._policy.lease_seconds)
        if claim.jobs:
            waited = [job.waited_seconds for job in claim.jobs]
            self.meter.claimed(lane, waited, claim.taken_over, time.perf_counter() - started)
        return claim

    def _wake_if_room(self, lane: Lane) -> None:
        if self._slots.has_room(lane):
            self._wake(lane)

    def _wake(self, lane: Lane) -> None:
        try:
            self._wake_ups.wake(lane, [])
        except BrokerUnavailable as error:
            log.info("wake.left_to_sweep", lane=lane, detail=str(error))

    def _pause(self, error: ModelUnavailable) -> Report:
        self._health.failed(error)
        return Report(paused=error.reason)

    def _work(self, claim: Claim, model: VerifiedModel, lane: Lane) -> Report:
        started = time.perf_counter()
        try:
            outcomes, reuse = self._documents.embed(
                claim.jobs,
                model,
                lambda texts: self._calls.embed(
                    model, lane, texts, lambda: self.leases.check(claim)
                ),
            )
        except ModelUnavailable as error:
            self._persist(lambda: self._release(claim))
            return self._pause(error)
        except LeaseLost:
            return replace(self._persist(lambda: self._release(claim)), more=claim.more)
        if reuse.made:
            self._health.succeeded()
        report = self._persist(lambda: self._finish(claim, lane, outcomes, reuse, started))
        log.info(
            "batch.done",
            lane=lane,
            ready=len(report.ready),
            failed=len(report.failed),
            retrying=len(report.retrying),
            left=report.left,
            chunks_embedded=report.chunks_embedded,
            chunks_reused=report.chunks_reused,
            seconds=round(time.perf_counter() - started, 4),
        )
        return report

    def _finish(
        self,
        claim: Claim,
        lane: Lane,
        outcomes: Mapping[Job, Embedded],
        reuse: Reuse,
        claimed: float,
    ) -> Report:
        embedded = time.perf_counter()
        done = [
            (job, chunks)
            for job, chunks in outcomes.items()
            if not isinstance(chunks, TextRejected)
        ]
        failures = [
            self._failed_attempt(job, outcome)
            for job, outcome in outcomes.items()
            if isinstance(outcome, TextRejected)
        ]
        with self._database.connection() as connection:
            stored = jobs.store(connection, claim, done)
            if failures:
                jobs.fail(connection, claim, failures)
            left = len(claim.jobs) - len(stored) - len(failures)
            if left:
                jobs.release(connection, claim)
        ended = time.perf_counter()
        took = [job.waited_seconds + ended - claimed for job in stored]
        kept = sum(_is_kept(outcomes[job]) for job in stored)
        self.meter.stored(lane, took, kept, ended - embedded)
        self._count(failures, reuse)
        return Report(
            ready=[job.id for job in stored],
            failed=[failure.job.id for failure in failures if failure.delay_seconds is None],
            retrying=[failure.job.id for failure in failures if failure.delay_seconds is not None],
            left=left,
            chunks_embedded=reuse.made,
            chunks_reused=reuse.reused,
            more=claim.more,
        )

    def _count(self, failures: Sequence[FailedAttempt], reuse: Reuse) -> None:
        self.meter.embedded(reuse.made, reuse.reused)
        for failure in failures:
            self.meter.rejected(failure.code, final=failure.delay_seconds is None)

    def _failed_attempt(self, job: Job, error: TextRejected) -> FailedAttempt:
        delay = self._policy.retry.delay(job.attempts + 1, random.random())  # noqa: S311 - jitter
        return FailedAttempt(job, error.code, error.message, delay)

    def _release(self, claim: Claim) -> Report:
        with self._database.connection() as connection:
            jobs.release(connection, claim)
        return Report()

    def _persist(self, write: Callable[[], Report]) -> Report:
        """Write a batch's outcome, waiting out a database that restarts: the work is done."""
        give_up_at = time.monotonic() + self._policy.lease_seconds
        pause = 0.1
        while True:
            try:
                return write()
            except DatabaseUnavailable:
                if time.monotonic() > give_up_at:
                    raise
            time.sleep(pause)
            pause = min(2 * pause, 1.0)


def _is_kept(embedded: Embedded) -> bool:
    """Return whether a document's chunks are those it had."""
    return not isinstance(embedded, TextRejected) and all(c.vector is None for c in embedded)

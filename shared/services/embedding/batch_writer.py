"""Stores the outcome of a batch: chunks of embedded documents, failures, leases given back."""

import random
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from shared.db.embedding import jobs
from shared.db.kit.pool import Database
from shared.domain.database_errors import DatabaseUnavailable
from shared.domain.documents.document import Lane
from shared.domain.embedding.jobs import Claim, FailedAttempt, Job, NewChunk
from shared.domain.model_errors import TextRejected
from shared.domain.refs import DocumentRef
from shared.domain.resilience.retry import RetryPolicy
from shared.ports.meters import WorkerMeter
from shared.services.embedding.batch_report import BatchReport
from shared.services.embedding.document_embedding import Embedded, Reuse

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class EmbeddedBatch:
    """A claim's documents with their outcomes. `claimed_at` is a time.perf_counter()."""

    claim: Claim
    lane: Lane
    outcomes: Mapping[Job, Embedded]
    reuse: Reuse
    claimed_at: float


class BatchWriter:
    """Writes outcomes. Waits while PostgreSQL restarts, because the work is already done."""

    def __init__(
        self, database: Database, meter: WorkerMeter, retry: RetryPolicy, patience_seconds: float
    ) -> None:
        self._database = database
        self._meter = meter
        self._retry = retry
        self._patience = patience_seconds

    def write(self, batch: EmbeddedBatch) -> BatchReport:
        return self._persist(lambda: self._write(batch))

    def release(self, claim: Claim) -> None:
        """Give the leases back. No attempt is counted."""
        self._persist(lambda: self.release_now(claim))

    def release_now(self, claim: Claim) -> None:
        """Give the leases back, or raise DatabaseUnavailable."""
        with self._database.connection() as connection:
            jobs.release(connection, claim)

    def _write(self, batch: EmbeddedBatch) -> BatchReport:
        started = time.perf_counter()
        claim, failures = batch.claim, self._failures(batch.outcomes)
        with self._database.connection() as connection:
            stored = jobs.store(connection, claim, _embedded(batch.outcomes))
            failed = jobs.fail(connection, claim, failures) if failures else []
            left = len(claim.jobs) - len(stored) - len(failures)
            if left:
                jobs.release(connection, claim)
        self._measure(batch, stored, failures, time.perf_counter() - started)
        self._count(batch, [job for job, is_active in stored.items() if is_active], failed)
        return BatchReport(
            ready=[job.ref.id for job in stored],
            failed=[each.job.ref.id for each in failures if each.delay_seconds is None],
            retrying=[each.job.ref.id for each in failures if each.delay_seconds is not None],
            left=left,
            chunks_embedded=batch.reuse.made,
            chunks_reused=batch.reuse.reused,
            more=claim.more,
        )

    def _failures(self, outcomes: Mapping[Job, Embedded]) -> list[FailedAttempt]:
        return [
            self._failed_attempt(job, outcome)
            for job, outcome in outcomes.items()
            if isinstance(outcome, TextRejected)
        ]

    def _failed_attempt(self, job: Job, error: TextRejected) -> FailedAttempt:
        delay = self._retry.delay(job.attempts + 1, random.random())  # noqa: S311 - jitter
        return FailedAttempt(job, error.code, error.message, delay)

    def _measure(
        self,
        batch: EmbeddedBatch,
        stored: Collection[Job],
        failures: Sequence[FailedAttempt],
        seconds: float,
    ) -> None:
        took = _took(batch, stored)
        unchanged = sum(_is_unchanged(batch.outcomes[job]) for job in stored)
        self._meter.stored(batch.lane, took, unchanged, seconds)
        self._meter.embedded(batch.reuse.made, batch.reuse.reused)
        for failure in failures:
            self._meter.rejected(failure.code, final=failure.delay_seconds is None)

    def _count(
        self, batch: EmbeddedBatch, ready: Collection[Job], failed: Iterable[DocumentRef]
    ) -> None:
        """Count what searches see."""
        for job, took in zip(ready, _took(batch, ready), strict=True):
            self._meter.became_ready(job.ref.collection, took)
        for ref in failed:
            self._meter.gave_up(ref.collection)

    def _persist(self, write: Callable[[], T]) -> T:
        give_up_at = time.monotonic() + self._patience
        pause = 0.1
        while True:
            try:
                return write()
            except DatabaseUnavailable:
                if time.monotonic() > give_up_at:
                    raise
            time.sleep(pause)
            pause = min(2 * pause, 1.0)


def _took(batch: EmbeddedBatch, jobs: Iterable[Job]) -> list[float]:
    """Return the seconds since each document's write."""
    since_claim = time.perf_counter() - batch.claimed_at
    return [job.waited_seconds + since_claim for job in jobs]


def _embedded(outcomes: Mapping[Job, Embedded]) -> list[tuple[Job, list[NewChunk]]]:
    return [
        (job, chunks) for job, chunks in outcomes.items() if not isinstance(chunks, TextRejected)
    ]


def _is_unchanged(embedded: Embedded) -> bool:
    """Return whether a document kept all of its chunks."""
    return not isinstance(embedded, TextRejected) and all(c.vector is None for c in embedded)

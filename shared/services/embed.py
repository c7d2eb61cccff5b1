"""Claim, embed, store: a batch of a lane's due documents, with no transaction open meanwhile."""

import random
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from uuid import UUID

import structlog

from shared.db import jobs
from shared.db.jobs import Claim, FailedAttempt, Job, NewChunk
from shared.db.pool import Database
from shared.domain.documents import Lane, embedded_text
from shared.domain.errors import DatabaseUnavailable, ModelUnavailable, TextRejected
from shared.domain.retry import RetryPolicy
from shared.domain.vectors import Vector, check_vector
from shared.ports import BrokerUnavailable, Embedder, WakeUps
from shared.services.model_health import ModelHealth
from shared.services.models import ActiveModel

log = structlog.get_logger()

Outcome = Vector | TextRejected

MAYBE_THE_TEXTS = frozenset({"server_error", "timeout", "unreachable", "bad_answer"})
MODEL_FAILED = "model_failed"
ON_THIS_TEXT = (
    "It does so on this text and not on others. Change the text, or the model, then retry it."
)


@dataclass(frozen=True, slots=True)
class BatchPolicy:
    """How much is claimed at a time, for how long, and how often it is tried."""

    texts: int
    lease_seconds: float
    retry: RetryPolicy


@dataclass(frozen=True, slots=True)
class Report:
    """What became of a batch: document ids by outcome; `full` when more may be due."""

    ready: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    retrying: list[str] = field(default_factory=list)
    left: int = 0
    full: bool = False
    paused: str | None = None


class Leases:
    """The leases this process holds, which its pulse renews while the model works."""

    def __init__(self) -> None:
        self._held: dict[UUID, Claim] = {}
        self._lock = threading.Lock()

    @contextmanager
    def holding(self, claim: Claim) -> Iterator[None]:
        """Keep a lease alive inside the block."""
        with self._lock:
            self._held[claim.token] = claim
        try:
            yield
        finally:
            with self._lock:
                del self._held[claim.token]

    def held(self) -> list[Claim]:
        """Return the leases held now."""
        with self._lock:
            return list(self._held.values())


class EmbedService:
    """Embeds due documents, a batch a call; safe to call from several threads."""

    def __init__(
        self,
        database: Database,
        embedder: Embedder,
        model: ActiveModel,
        health: ModelHealth,
        wake_ups: WakeUps,
        policy: BatchPolicy,
    ) -> None:
        self._database = database
        self._embedder = embedder
        self._model = model
        self._health = health
        self._wake_ups = wake_ups
        self._policy = policy
        self.leases = Leases()

    def work(self, lane: Lane) -> Report:
        """Embed a batch, and wake the next worker if the lane may hold more."""
        report = self.embed_batch(lane)
        if report.full:
            try:
                self._wake_ups.wake(lane, [])
            except BrokerUnavailable as error:
                log.info("wake.left_to_sweep", lane=lane, detail=str(error))
        return report

    def embed_batch(self, lane: Lane) -> Report:
        """Embed the lane's longest due documents; nothing due or no model is a cheap no-op."""
        if not self._health.closed:
            return Report(paused=self._health.paused_reason)
        try:
            model_id, name, dimensions = self._model.verified()
        except ModelUnavailable as error:
            return self._pause(error)
        with self._database.connection() as connection:
            claim = jobs.claim(
                connection, model_id, lane, self._policy.texts, self._policy.lease_seconds
            )
        if not claim.jobs:
            return Report()
        with self.leases.holding(claim):
            return self._work(claim, name, dimensions)

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

    def _pause(self, error: ModelUnavailable) -> Report:
        self._health.failed(error)
        return Report(paused=error.reason)

    def _work(self, claim: Claim, model: str, dimensions: int) -> Report:
        started = time.perf_counter()
        owed = [job for job in claim.jobs if not job.embedded]
        try:
            outcomes = self._embed(model, dimensions, owed)
        except ModelUnavailable as error:
            self._persist(lambda: self._release(claim))
            return self._pause(error)
        if owed:
            self._health.succeeded()
        report = self._persist(lambda: self._finish(claim, dict(zip(owed, outcomes, strict=True))))
        log.info(
            "batch.done",
            ready=len(report.ready),
            failed=len(report.failed),
            retrying=len(report.retrying),
            left=report.left,
            seconds=round(time.perf_counter() - started, 4),
        )
        return report

    def _embed(self, model: str, dimensions: int, owed: Sequence[Job]) -> list[Outcome]:
        texts = [embedded_text(job.title, job.content) for job in owed]
        outcomes = self._embed_texts(model, texts) if texts else []
        return [_validated(outcome, dimensions) for outcome in outcomes]

    def _embed_texts(self, model: str, texts: Sequence[str]) -> list[Outcome]:
        """Embed texts; a bad one is found by halving, so that its neighbours lose nothing."""
        try:
            return list(self._embedder.embed(model, texts))
        except TextRejected as error:
            rejected = error
        except ModelUnavailable as error:
            rejected = self._blame(error)
        if len(texts) == 1:
            return [self._embed_suspect(model, texts[0], rejected)]
        half = len(texts) // 2
        return self._embed_texts(model, texts[:half]) + self._embed_texts(model, texts[half:])

    def _embed_suspect(self, model: str, text: str, rejected: TextRejected) -> Outcome:
        """Return a lone text's outcome, tried again where the server may just have come back."""
        if rejected.code != MODEL_FAILED:
            return rejected
        try:
            return self._embedder.embed(model, [text])[0]
        except TextRejected as error:
            return error
        except ModelUnavailable as error:
            return self._blame(error)

    def _blame(self, error: ModelUnavailable) -> TextRejected:
        """Return that a text is to blame if the server embeds a harmless one; else raise."""
        if error.reason not in MAYBE_THE_TEXTS or not self._model.embeds():
            raise error
        return TextRejected(MODEL_FAILED, f"{error.message} {ON_THIS_TEXT}")

    def _finish(self, claim: Claim, outcomes: dict[Job, Outcome]) -> Report:
        done = [(job, _whole(job, outcomes.get(job))) for job in claim.jobs]
        failures = [
            self._failed_attempt(job, outcome)
            for job, outcome in outcomes.items()
            if isinstance(outcome, TextRejected)
        ]
        rejected = {failure.job.key for failure in failures}
        with self._database.connection() as connection:
            stored = jobs.store(
                connection,
                claim,
                [(job, chunks) for job, chunks in done if job.key not in rejected],
            )
            if failures:
                jobs.fail(connection, claim, failures)
            left = len(claim.jobs) - len(stored) - len(failures)
            if left:
                jobs.release(connection, claim)
        return Report(
            ready=[job.id for job in stored],
            failed=[failure.job.id for failure in failures if failure.delay_seconds is None],
            retrying=[failure.job.id for failure in failures if failure.delay_seconds is not None],
            left=left,
            full=len(claim.jobs) == self._policy.texts,
        )

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


def _validated(outcome: Outcome, dimensions: int) -> Outcome:
    if isinstance(outcome, TextRejected):
        return outcome
    try:
        check_vector(outcome, dimensions)
    except TextRejected as error:
        return error
    return outcome


def _whole(job: Job, outcome: Outcome | None) -> list[NewChunk]:
    """Return the document as its one chunk; what is embedded already keeps its chunk."""
    vector = () if outcome is None or isinstance(outcome, TextRejected) else outcome
    text_hash = sha256(embedded_text(job.title, job.content).encode()).digest()
    return [NewChunk(0, 0, len(job.content), text_hash, vector)]

"""Embeds due documents, model after model, in the lanes that they wait in."""

import time
from collections.abc import Callable, Iterable

import structlog

from shared.db.embedding import jobs
from shared.db.kit.pool import Database
from shared.domain.documents.document import Lane
from shared.domain.errors import BrokerUnavailable, WritesRefused
from shared.ports.broker import WakeUps
from shared.ports.meters import WorkerMeter
from shared.services.embedding.batch_report import BatchReport
from shared.services.embedding.batch_writer import BatchWriter
from shared.services.embedding.document_embedding import DocumentEmbedding
from shared.services.embedding.lane_limiter import LaneLimiter
from shared.services.embedding.leases import Leases
from shared.services.embedding.model_batches import BatchPolicy, BatchTools, ModelBatches
from shared.services.embedding.storage_pause import StoragePause
from shared.services.models.model_server import ModelServer, ModelServers

log = structlog.get_logger()


def _ignore(_: Lane) -> None:
    pass


class EmbeddingService:
    """Embeds due documents, batch after batch. Safe to share between threads."""

    def __init__(
        self,
        database: Database,
        servers: ModelServers,
        wake_ups: WakeUps,
        limiter: LaneLimiter,
        policy: BatchPolicy,
        meter: WorkerMeter,
        stopping: Callable[[], bool],
    ) -> None:
        self._database = database
        self._servers = servers
        self._wake_ups = wake_ups
        self._limiter = limiter
        self._policy = policy
        self._stopping = stopping
        self._writer = BatchWriter(database, meter, policy.retry, policy.lease_seconds)
        self.storage = StoragePause(database)
        self.leases = Leases()
        documents = DocumentEmbedding(database)
        self._tools = BatchTools(
            database,
            documents,
            self._writer,
            limiter,
            self.leases,
            policy,
            meter,
            self.wake_all,
        )
        self._batches: dict[int, ModelBatches] = {}

    def work(self, lane: Lane) -> BatchReport:
        """Embed batches for a while if the lane has a free slot. Wake a task if more is due."""
        if not self._limiter.enter(lane):
            return BatchReport()
        report = BatchReport()
        try:
            report = self._embed_batches(lane)
        finally:
            self.wake_all(self._limiter.leave(lane) | ({lane} if report.more else set()))
        return report

    def _embed_batches(self, lane: Lane) -> BatchReport:
        """Embed batches under each model, so that the server need not change models often.

        A model does not overtake those that go first.
        """
        until = time.monotonic() + self._policy.work_seconds
        report, most = BatchReport(), self._policy.documents
        for server in self._servers.in_use():
            own = self._embed_batches_of(server, lane, until, most)
            report = report.beside(own)
            if self._servers.goes_first(server) and not own.paused:
                if self._is_busy(server, lane, own):
                    break
                most = min(most, own.documents or most)
        return report

    def _is_busy(self, server: ModelServer, lane: Lane, own: BatchReport) -> bool:
        """Return whether others embed the rest of the lane. They go on with the next model."""
        if own.documents:
            return False
        with self._database.connection() as connection:
            return jobs.are_leased(connection, server.model.id, lane)

    def _embed_batches_of(
        self, server: ModelServer, lane: Lane, until: float, most: int
    ) -> BatchReport:
        report = self._embed_batch(server, lane, most, self._wake_if_free)
        is_limited = most < self._policy.documents
        while report.more and not (is_limited or time.monotonic() >= until or self._stopping()):
            more = self._embed_batch(server, lane, most, self._wake_if_free)
            report = report.followed_by(more)
        return report

    def embed_batch(self, lane: Lane) -> BatchReport:
        """Embed a batch of the lane under each model. Cheap if nothing is due."""
        report = BatchReport()
        for server in self._servers.in_use():
            most = self._policy.documents
            report = report.beside(self._embed_batch(server, lane, most, _ignore))
        return report

    def _embed_batch(
        self, server: ModelServer, lane: Lane, most: int, on_more: Callable[[Lane], None]
    ) -> BatchReport:
        """Embed a batch. While PostgreSQL refuses writes, the work could not be stored."""
        if not self.storage.is_over():
            return BatchReport(paused=self.storage.reason)
        try:
            return self._batches_of(server).embed(lane, most, on_more)
        except WritesRefused as error:
            self.storage.begin(error)
            return BatchReport(paused=error.reason)

    def _batches_of(self, server: ModelServer) -> ModelBatches:
        known = self._batches.get(server.model.id)
        if known is None or known.server is not server:
            known = self._batches[server.model.id] = ModelBatches(server, self._tools)
        return known

    def give_back(self) -> None:
        """End all leases, so that another worker can begin at once.

        Whatever this worker still makes of them is refused.
        """
        for claim in self.leases.held():
            self._writer.release_now(claim)

    def _wake_if_free(self, lane: Lane) -> None:
        if self._limiter.has_room(lane):
            self._wake(lane)

    def wake_all(self, lanes: Iterable[Lane]) -> None:
        """Wake a task for each lane. If the broker is away, the sweep finds the work."""
        for lane in lanes:
            self._wake(lane)

    def _wake(self, lane: Lane) -> None:
        try:
            self._wake_ups.wake(lane, [])
        except BrokerUnavailable as error:
            log.info("wake.left_to_sweep", lane=lane, detail=str(error))

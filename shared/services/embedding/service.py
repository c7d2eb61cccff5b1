"""Embeds due documents, batch after batch, in the lanes that they wait in."""

import time
from collections.abc import Callable, Iterable

import structlog

from shared.db.kit.pool import Database
from shared.domain.documents.document import Lane
from shared.domain.errors import BrokerUnavailable
from shared.ports.broker import WakeUps
from shared.ports.meters import WorkerMeter
from shared.services.embedding.batch_report import BatchReport
from shared.services.embedding.batch_writer import BatchWriter
from shared.services.embedding.document_embedding import DocumentEmbedding
from shared.services.embedding.lane_limiter import LaneLimiter
from shared.services.embedding.leases import Leases
from shared.services.embedding.model_batches import BatchPolicy, BatchTools, LaneWork
from shared.services.embedding.storage_pause import StoragePause
from shared.services.embedding.tenant_rooms import TenantRooms
from shared.services.embedding.tenant_turns import TenantBatches, TenantTurns
from shared.services.models.model_server import ModelServers

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
        self._wake_ups = wake_ups
        self._limiter = limiter
        self._policy = policy
        self._writer = BatchWriter(database, meter, policy.retry, policy.lease_seconds)
        self.storage = StoragePause(database)
        self.leases = Leases()
        documents = DocumentEmbedding(database)
        self._rooms = TenantRooms(limiter, self.wake_all)
        tools = BatchTools(
            database,
            documents,
            self._writer,
            self._rooms,
            self.leases,
            policy,
            meter,
            self.wake_all,
        )
        self._batches = TenantBatches(servers, self.storage, tools, stopping)

    def work(self, lane: Lane) -> BatchReport:
        """Embed batches for a while if the lane has a free slot. Wake a task if more is due."""
        if not self._limiter.enter(lane):
            return BatchReport()
        report = BatchReport()
        try:
            until = time.monotonic() + self._policy.work_seconds
            report = self._embed(LaneWork(lane, until, self._wake_if_free, self._rooms.of))
        finally:
            self.wake_all(self._limiter.leave(lane) | ({lane} if report.more else set()))
        return report

    def embed_batch(self, lane: Lane) -> BatchReport:
        """Embed a batch for the tenant whose turn it is. Cheap if nothing is due."""
        work = LaneWork(lane, time.monotonic(), _ignore, self._rooms.of_sweep)
        return self._embed(work)

    def _embed(self, work: LaneWork) -> BatchReport:
        if not self.storage.is_over():
            return BatchReport(paused=self.storage.reason)
        return TenantTurns(self._batches, work).embed()

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

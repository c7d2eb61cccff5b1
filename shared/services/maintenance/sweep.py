"""The sweep finds due work that no worker was woken for. It needs no broker.

First it sends a wake-up for a stalled lane. If the lane is still stalled one sweep later, the
broker or its consumers do not work, and the sweep embeds the documents itself.
"""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import structlog

from shared.db.embedding import jobs
from shared.db.kit.pool import Database
from shared.db.operations import workers
from shared.domain.documents.document import Lane
from shared.domain.errors import BrokerUnavailable
from shared.ports.broker import WakeUps
from shared.services.embedding.service import EmbeddingService
from shared.services.models.model_server import ModelServers

log = structlog.get_logger()

LOOK_SECONDS = 0.2
"""So often a drained lane is looked at again while others are drained."""


class Sweep:
    """Finds stalled lanes and gets their work done. One worker at a time sweeps."""

    def __init__(
        self,
        database: Database,
        embedding: EmbeddingService,
        servers: ModelServers,
        wake_ups: WakeUps,
        stopping: Callable[[], bool],
    ) -> None:
        self._database = database
        self._embedding = embedding
        self._servers = servers
        self._wake_ups = wake_ups
        self._stopping = stopping
        self._woken: set[Lane] = set()

    def sweep(self) -> None:
        if not self._embedding.storage.is_over():
            return
        stalled = self._find_stalled()
        if any(lane in self._woken or not self._wake(lane) for lane in stalled):
            self._drain()
        self._woken = set(stalled)

    def _find_stalled(self) -> set[Lane]:
        """Return the lanes that have due work for a model that works, and in which nobody works."""
        with self._database.transaction() as connection:
            if not workers.try_sweep_lock(connection):
                return set()
            due = jobs.stalled_lanes(connection)
        return {lane for lane, model_ids in due.items() if self._any_works(model_ids)}

    def _any_works(self, model_ids: Sequence[int]) -> bool:
        return any(model.working for model in self._servers.by_id(model_ids))

    def _wake(self, lane: Lane) -> bool:
        try:
            self._wake_ups.wake(lane, [])
        except BrokerUnavailable as error:
            log.info("sweep.broker_unreachable", lane=lane, detail=str(error))
            return False
        return True

    def _drain(self) -> None:
        """Embed due documents of all lanes at the same time, so that none waits for another."""
        log.info("sweep.draining")
        working = set(Lane)
        with ThreadPoolExecutor(len(Lane), "drain") as threads:
            list(threads.map(lambda lane: self._drain_lane(lane, working), Lane))

    def _drain_lane(self, lane: Lane, working: set[Lane]) -> None:
        """Embed what is due in a lane, also what comes while others are `working`."""
        try:
            while working and not self._stopping():
                if self._embedding.embed_batch(lane).more:
                    working.add(lane)
                else:
                    working.discard(lane)
                    time.sleep(LOOK_SECONDS if working else 0)
        finally:
            working.discard(lane)

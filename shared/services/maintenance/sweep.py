"""What a worker does by itself: show that it lives, keep its leases, find work nobody woke it for.

None of it needs the broker. A lane found stalled is woken by a message first; if it is stalled
still a sweep later, the broker or its consumers are not working and the sweep drains it itself.
"""

import structlog

from shared.db.embedding import jobs
from shared.db.kit.pool import Database
from shared.db.operations import workers
from shared.domain.documents.document import Lane
from shared.domain.errors import BrokerUnavailable, ModelUnavailable
from shared.ports.broker import WakeUps
from shared.services.embedding.service import EmbeddingService
from shared.services.models.active_model import ActiveModel
from shared.services.models.model_breaker import ModelBreaker

log = structlog.get_logger()

TIDY_EVERY_SWEEPS = 60


class Sweep:
    """Finds lanes with work that nobody does, and gets it done."""

    def __init__(
        self,
        database: Database,
        embed: EmbeddingService,
        model: ActiveModel,
        health: ModelBreaker,
        wake_ups: WakeUps,
        events_keep_hours: float,
    ) -> None:
        self._database = database
        self._embed = embed
        self._model = model
        self._health = health
        self._wake_ups = wake_ups
        self._events_keep_hours = events_keep_hours
        self._woken: set[Lane] = set()
        self._sweeps = 0

    def sweep(self) -> None:
        """Do it once."""
        self._sweeps += 1
        if self._health.probe_is_due():
            self._embed.probe()
        if not self._health.closed:
            return
        stalled = self._find_stalled()
        if any(lane in self._woken or not self._wake(lane) for lane in stalled):
            self._drain()
        self._woken = set(stalled)

    def _find_stalled(self) -> list[Lane]:
        try:
            model_id = self._model.verified().id
        except ModelUnavailable as error:
            self._health.failed(error)
            return []
        with self._database.transaction() as connection:
            if not workers.try_sweep_lock(connection):
                return []
            if self._sweeps % TIDY_EVERY_SWEEPS == 0:
                workers.purge(connection, self._events_keep_hours)
            return jobs.stalled_lanes(connection, model_id)

    def _wake(self, lane: Lane) -> bool:
        try:
            self._wake_ups.wake(lane, [])
        except BrokerUnavailable as error:
            log.info("sweep.broker_unreachable", lane=lane, detail=str(error))
            return False
        return True

    def _drain(self) -> None:
        """Embed what is due, a batch of each lane in turn, so that neither waits for the other."""
        log.info("sweep.draining")
        more = True
        while more and not self._embed.stopping():
            reports = [self._embed.embed_batch(lane) for lane in Lane]
            more = any(report.more for report in reports) and self._health.closed

"""A worker's heartbeat: it reports that it lives and renews its leases."""

from shared.db.embedding import claims
from shared.db.kit.pool import Database
from shared.db.operations import workers
from shared.domain.operations.durations import RecentDurations
from shared.services.embedding.service import EmbeddingService
from shared.services.models.model_breaker import ModelBreaker


class Heartbeat:
    """Tells the database that this worker lives, and renews the leases of what it works on."""

    def __init__(
        self,
        name: str,
        database: Database,
        embed: EmbeddingService,
        health: ModelBreaker,
        model_calls: RecentDurations,
        lease_seconds: float,
    ) -> None:
        self._name = name
        self._database = database
        self._embed = embed
        self._health = health
        self._model_calls = model_calls
        self._lease_seconds = lease_seconds

    def beat(self) -> None:
        """Do it once."""
        with self._database.connection() as connection:
            workers.record_heartbeat(
                connection,
                self._name,
                self._health.paused_reason,
                self._model_calls.milliseconds(),
            )
            for claim in self._embed.leases.held():
                if not claims.renew(connection, claim, self._lease_seconds):
                    self._embed.leases.lose(claim)

    def leave(self) -> None:
        """Take this worker off the list."""
        with self._database.connection() as connection:
            workers.remove(connection, self._name)

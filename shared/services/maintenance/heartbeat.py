"""A worker's heartbeat: reports that it is alive and renews its leases."""

import time
from collections.abc import Callable

from shared.db.embedding import claims
from shared.db.kit.pool import Database
from shared.db.operations import workers
from shared.db.operations.workers import WorkerState
from shared.services.embedding.leases import Leases


class Heartbeat:
    """Writes the worker's row and renews the leases of the batches it works on."""

    last_beat = float("-inf")
    """When PostgreSQL last took a heartbeat, by the monotonic clock."""

    def __init__(
        self,
        name: str,
        database: Database,
        leases: Leases,
        state: Callable[[], WorkerState],
        lease_seconds: float,
    ) -> None:
        self._name = name
        self._database = database
        self._leases = leases
        self._state = state
        self._lease_seconds = lease_seconds

    def beat(self) -> None:
        """Report once. A lease that cannot be renewed is lost."""
        with self._database.connection() as connection:
            workers.record_heartbeat(connection, self._name, self._state())
            for claim in self._leases.held():
                if not claims.renew(connection, claim, self._lease_seconds):
                    self._leases.lose(claim)
        self.last_beat = time.monotonic()

    def sign_off(self) -> None:
        """Remove the worker's row."""
        with self._database.connection() as connection:
            workers.remove(connection, self._name)

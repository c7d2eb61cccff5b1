"""The work that waits for a model while a soak runs."""

import threading

import psycopg

from tests.soak.fault_schedule import FaultSchedule
from tests.support.system_database import SystemDatabase

LONG = 60
"""With more jobs than this, and no active fault, users only read. So a slow machine is not
overloaded, and a long recovery means that something is stuck."""
LOOK_SECONDS = 0.5


class Backlog:
    """Counts jobs, but not those of backfill, in a thread of its own."""

    def __init__(self, database: SystemDatabase, faults: FaultSchedule) -> None:
        self.count: int | None = None
        """None while PostgreSQL is away."""
        self._database = database
        self._faults = faults
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="backlog", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._over.set()
        self._thread.join()

    def is_long(self) -> bool:
        """Return whether users should wait. While there is a fault, they do not."""
        return (self.count or 0) > LONG and not self._faults.is_any_active()

    def _run(self) -> None:
        while not self._over.wait(LOOK_SECONDS):
            try:
                self.count = self._database.waiting()
            except psycopg.OperationalError:
                self.count = None

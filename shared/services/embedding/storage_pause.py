"""A worker's pause while PostgreSQL refuses writes, shared by all of its threads."""

import threading
import time

import structlog

from shared.db.kit.pool import Database
from shared.db.operations import databases
from shared.domain.database_errors import WritesRefused
from shared.domain.resilience.breaker import Breaker

log = structlog.get_logger()

FIRST_PAUSE_SECONDS = 2.0
LONGEST_PAUSE_SECONDS = 15.0


class StoragePause:
    """Open while the disk is full or the database is read-only. A worker claims nothing then."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._breaker = Breaker(FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS)
        self._lock = threading.Lock()

    @property
    def reason(self) -> str | None:
        """Why the worker claims nothing, or None."""
        return self._breaker.reason

    def is_over(self) -> bool:
        """Return whether there is no pause. After a while, ask PostgreSQL whether it has room."""
        if self._breaker.closed:
            return True
        if not self._breaker.allows(time.monotonic()):
            return False
        try:
            with self._database.connection() as connection:
                databases.check_room(connection)
        except WritesRefused as error:
            self.begin(error)
            return False
        self._end()
        return True

    def begin(self, error: WritesRefused) -> None:
        """Pause, and log each new reason once."""
        with self._lock:
            if self._breaker.reason != error.reason:
                log.error("storage.paused", reason=error.reason, detail=error.reason.meaning)
            self._breaker.record_failure(time.monotonic(), error.reason)

    def _end(self) -> None:
        with self._lock:
            if not self._breaker.closed:
                log.info("storage.resumed", after_failures=self._breaker.failures)
            self._breaker.record_success()

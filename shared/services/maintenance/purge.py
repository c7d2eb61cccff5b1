"""Deletes old events and the rows of stopped workers. It needs neither broker nor model server."""

import threading
import time

from shared.db.events import purge
from shared.db.kit.pool import Database
from shared.db.operations import workers

PAUSE_SHARE = 3.0
"""After a batch it pauses for this many times as long, so it takes a quarter of the time."""


class Purge:
    """Deletes batches until nothing old is left. One worker at a time deletes."""

    def __init__(
        self,
        database: Database,
        keep_hours: float,
        keep_rows: int,
        stopping: threading.Event,
    ) -> None:
        self._database = database
        self._keep_hours = keep_hours
        self._keep_rows = keep_rows
        self._stopping = stopping

    def run(self) -> None:
        with self._database.connection() as connection:
            workers.forget_stopped(connection)
        more = True
        while more and not self._stopping.is_set():
            started = time.monotonic()
            more = self._delete_batch() == purge.BATCH
            if more:
                self._stopping.wait(PAUSE_SHARE * (time.monotonic() - started))

    def _delete_batch(self) -> int:
        with self._database.connection() as connection:
            return purge.purge(connection, self._keep_hours, self._keep_rows)

"""Deletes old events, imports, audit entries and the rows of stopped workers.

It needs neither broker nor model server.
"""

import threading
import time
from collections.abc import Callable, Mapping
from functools import partial

from shared.db.access import audit
from shared.db.documents import imports
from shared.db.events import purge
from shared.db.kit.pool import Connection, Database
from shared.db.operations import workers
from shared.domain.events.event import Position
from shared.domain.refs import Tenant

PAUSE_SHARE = 3.0
"""After a batch it pauses for this many times as long, so it takes a quarter of the time."""
COUNT_PAUSE_SHARE = 30.0


class Purge:
    """Deletes batches until nothing old is left. One worker at a time deletes."""

    def __init__(
        self,
        database: Database,
        keep_hours: float,
        keep_rows: int,
        keep_audit_days: int,
        stopping: threading.Event,
    ) -> None:
        self._database = database
        self._keep_hours = keep_hours
        self._keep_rows = keep_rows
        self._keep_audit_days = keep_audit_days
        self._stopping = stopping
        self._count_again_at = float("-inf")

    def run(self) -> None:
        with self._database.connection() as connection:
            workers.forget_stopped(connection)
            audit.purge(connection, self._keep_audit_days)
        self._repeat(imports.purge, imports.PURGE_BATCH)
        self._repeat(partial(purge.purge, keep_hours=self._keep_hours))
        # No tenant loses events because another one has many.
        for tenant, last in self._surplus_ends().items():
            self._repeat(partial(purge.cut, tenant=tenant, last=last))

    def _surplus_ends(self) -> Mapping[Tenant, Position]:
        if time.monotonic() < self._count_again_at:
            return {}
        started = time.monotonic()
        with self._database.connection() as connection:
            found = purge.surplus_ends(connection, self._keep_rows)
        ended = time.monotonic()
        self._count_again_at = ended + COUNT_PAUSE_SHARE * (ended - started)
        return found

    def _repeat(self, delete: Callable[[Connection], int], batch: int = purge.BATCH) -> None:
        """Delete batches until one is not full."""
        more = True
        while more and not self._stopping.is_set():
            started = time.monotonic()
            with self._database.connection() as connection:
                more = delete(connection) == batch
            if more:
                self._stopping.wait(PAUSE_SHARE * (time.monotonic() - started))

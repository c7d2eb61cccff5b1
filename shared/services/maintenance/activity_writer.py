"""Stores what a worker counts, minute by minute."""

import psycopg

from shared.db.kit.loop_errors import LoopErrors
from shared.db.kit.pool import Database
from shared.db.operations import activity
from shared.domain.database_errors import DatabaseUnavailable
from shared.domain.operations.activity import ActivityCounts


class ActivityWriter:
    """Adds the counts of this worker to those of other processes."""

    def __init__(self, database: Database, counts: ActivityCounts) -> None:
        self._database = database
        self._counts = counts

    def write(self) -> None:
        """Write the minutes that are over; raises DatabaseUnavailable."""
        self._write(is_last=False)

    def finish(self) -> None:
        """Write the rest, unless the database does not answer."""
        with LoopErrors("activity").logged(DatabaseUnavailable, psycopg.Error):
            self._write(is_last=True)

    def _write(self, *, is_last: bool) -> None:
        for statement in activity.storing(self._counts, is_last=is_last):
            with self._database.connection() as connection:
                connection.execute(*statement)

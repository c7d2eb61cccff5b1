"""Stores what a worker counts, minute by minute."""

from contextlib import suppress

import psycopg

from shared.db.kit.pool import Database
from shared.db.operations import activity
from shared.domain.errors import DatabaseUnavailable
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
        with suppress(DatabaseUnavailable, psycopg.Error):
            self._write(is_last=True)

    def _write(self, *, is_last: bool) -> None:
        if over := self._counts.over(all_=is_last):
            with self._database.connection() as connection:
                activity.write(connection, over, sample=not is_last)
            self._counts.forget(over)

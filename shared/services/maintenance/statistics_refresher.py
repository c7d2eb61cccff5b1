"""Refreshes the word statistics that text ranking uses."""

from shared.db.kit.pool import Database
from shared.db.search import text_statistics


class StatisticsRefresher:
    """Keeps what ranking knows of the texts up to date; no sweep waits for it, it may take long."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def count(self) -> None:
        """Do it once."""
        with self._database.connection() as connection:
            text_statistics.refresh(connection)

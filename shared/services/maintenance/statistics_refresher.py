"""Refreshes the word statistics and the languages that text ranking uses."""

from shared.db.kit.pool import Database
from shared.db.search import text_languages, text_statistics


class StatisticsRefresher:
    """Runs in a thread of its own, because a refresh of many texts takes long."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def refresh(self) -> None:
        with self._database.connection() as connection:
            for tenant in text_statistics.refresh(connection):
                text_languages.mark_unused(connection, tenant)
            text_languages.forget_unused(connection)
            text_languages.adopt_former(connection)

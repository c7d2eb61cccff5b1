"""Keeps the vector and text indexes of large tenants, and drops those that nobody uses."""

import structlog

from shared.db.kit.pool import Database
from shared.db.models import vector_indexes
from shared.db.search import text_indexes

log = structlog.get_logger()


class IndexBuilder:
    """Runs in a thread of its own, because a build waits for all older transactions."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def work(self) -> None:
        with self._database.connection() as connection:
            kept = [each for each in (vector_indexes, text_indexes) if each.are_missing(connection)]
        if not kept:
            return
        with self._database.session() as session:
            for each in kept:
                each.update(session)

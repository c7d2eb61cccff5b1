"""Keeps each model's vector index, and drops those of models that nobody uses."""

import structlog

from shared.db.kit.pool import Database
from shared.db.models import vector_indexes

log = structlog.get_logger()


class IndexBuilder:
    """Runs in a thread of its own, because a build waits for all older transactions."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def work(self) -> None:
        with self._database.connection() as connection:
            if not vector_indexes.are_missing(connection):
                return
        with self._database.session() as session:
            vector_indexes.update(session)

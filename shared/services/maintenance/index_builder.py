"""Keeps the vector and text indexes of large tenants, and drops those that nobody uses."""

from types import ModuleType

from shared.db.kit import index_builds
from shared.db.kit.locks import held
from shared.db.kit.pool import Connection, Database
from shared.db.models import vector_indexes
from shared.db.search import text_indexes


class IndexBuilder:
    """Runs in a thread of its own, because a build waits for all older transactions."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def work(self) -> None:
        for indexes in (vector_indexes, text_indexes):
            if self._changes(indexes):
                self._change(indexes)

    def _change(self, indexes: ModuleType) -> None:
        """Make the changes, in one worker at a time: two builds would wait for each other.

        A build of a worker that has died is awaited: nobody holds the lock, and its index is not
        yet valid.
        """
        with self._database.session() as holder, held(holder, indexes.LOCK) as is_ours:
            if is_ours:
                with self._database.session() as session:
                    if not index_builds.are_running(session):
                        self._make(indexes, session)

    def _make(self, indexes: ModuleType, session: Connection) -> None:
        for statement in self._changes(indexes):
            session.execute(statement)

    def _changes(self, indexes: ModuleType) -> list[bytes]:
        with self._database.connection() as connection:
            found: list[bytes] = indexes.changes(connection)
            return found

"""Keeps the vector and text indexes of large tenants, and drops those that nobody uses."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

import structlog

from shared.db.kit import index_builds
from shared.db.kit.locks import held
from shared.db.kit.pool import Connection, Database
from shared.db.models import vector_indexes
from shared.db.search import text_indexes
from shared.domain.errors import describe

WAIT_SECONDS = 60.0
WAIT_SECONDS_MAX = 3600.0
"""A statement that failed is repeated after the first, then after twice as long, up to the last. A
build may take hours before it fails."""

log = structlog.get_logger()


class IndexBuilder:
    """Runs in a thread of its own, because a build waits for all older transactions."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._failures = _Failures()

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
            with self._failures.noted(statement):
                session.execute(statement)

    def _changes(self, indexes: ModuleType) -> list[bytes]:
        with self._database.connection() as connection:
            found: list[bytes] = indexes.changes(connection)
            return [each for each in found if self._failures.is_due(each)]


class _Failures:
    """When each statement that has failed is due again."""

    def __init__(self) -> None:
        self._waits: dict[bytes, float] = {}
        self._due_at: dict[bytes, float] = {}

    def is_due(self, statement: bytes) -> bool:
        return time.monotonic() >= self._due_at.get(statement, 0.0)

    @contextmanager
    def noted(self, statement: bytes) -> Iterator[None]:
        name, _, _ = statement.decode().partition(" ON ")
        log.info("index.change_started", statement=name)
        try:
            yield
        except Exception as error:
            wait = self._wait(statement)
            log.warning(
                "index.change_failed", statement=name, detail=describe(error), retry_seconds=wait
            )
            raise
        self._waits.pop(statement, None)

    def _wait(self, statement: bytes) -> float:
        """Put off the statement, and return for how long."""
        last = self._waits.get(statement)
        wait = min(2 * last, WAIT_SECONDS_MAX) if last else WAIT_SECONDS
        self._waits[statement] = wait
        self._due_at[statement] = time.monotonic() + wait
        return wait

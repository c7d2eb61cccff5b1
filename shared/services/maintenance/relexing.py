"""Recomputes the lexemes of old texts while searches go on. It needs no model server."""

import time
from collections.abc import Callable

import structlog

from shared.db.kit.pool import Database
from shared.db.search import relexing
from shared.domain.errors import DatabaseTimeout

log = structlog.get_logger()


class Relexing:
    """Runs in a thread of its own until no old text is left. A restart continues the work."""

    def __init__(self, database: Database, wait: Callable[[float], bool]) -> None:
        """`wait` waits for seconds and returns whether the worker stops."""
        self._database = database
        self._wait = wait

    def work(self) -> None:
        """Lex batch after batch, and leave half of the time to others."""
        stopping, more, documents = False, True, relexing.BATCH_DOCUMENTS
        while more and not stopping:
            started = time.monotonic()
            try:
                more = self._relex(documents)
                documents = min(2 * documents, relexing.BATCH_DOCUMENTS)
            except DatabaseTimeout:
                if documents == 1:
                    self._skip()
                documents = max(1, documents // 2)
            stopping = self._wait(time.monotonic() - started)

    def _relex(self, documents: int) -> bool:
        with self._database.connection() as connection:
            return relexing.relex(connection, documents)

    def _skip(self) -> None:
        log.warning("relexing.skipped_a_text")
        with self._database.connection() as connection:
            relexing.skip(connection)

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
        """Lex batch after batch, and leave half of the time to others.

        At the end, look from the beginning for texts that an older process wrote meanwhile.
        """
        stopping, after, documents = False, 0, relexing.BATCH_DOCUMENTS
        while not stopping:
            started = time.monotonic()
            try:
                last = self._relex(after, documents)
            except DatabaseTimeout:
                if documents == 1:
                    self._skip(after)
                documents = max(1, documents // 2)
            else:
                if last is None and not after:
                    return
                after, documents = last or 0, min(2 * documents, relexing.BATCH_DOCUMENTS)
            stopping = self._wait(time.monotonic() - started)

    def _relex(self, after: int, documents: int) -> int | None:
        with self._database.connection() as connection:
            return relexing.relex(connection, after, documents)

    def _skip(self, after: int) -> None:
        log.warning("relexing.skipped_a_text")
        with self._database.connection() as connection:
            relexing.skip(connection, after)

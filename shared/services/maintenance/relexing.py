"""Recomputes lexemes while searches go on: old ones, and those of collections of a new language.

It needs no model server.
"""

import time
from collections.abc import Callable

import structlog

from shared.db.collections import languages
from shared.db.collections.languages import Changed
from shared.db.kit.pool import Database
from shared.db.search import relexing
from shared.domain.errors import DatabaseTimeout

log = structlog.get_logger()


class Relexing:
    """Runs in a thread of its own. A restart continues the work."""

    def __init__(
        self, database: Database, default_language: str, wait: Callable[[float], bool]
    ) -> None:
        """`wait` waits for seconds and returns whether the worker stops."""
        self._database = database
        self._default_language = default_language
        self._wait = wait

    def work(self) -> None:
        """Lex what is due. The next call finds what an older process wrote meanwhile."""
        if not self._lex_all(None):
            return
        for collection in self._changed():
            if not self._lex_all(collection.key):
                return
            if collection.is_settled:
                self._done(collection)

    def _lex_all(self, collection: str | None) -> bool:
        """Lex batch after batch, and leave half of the time to others.

        Return whether all is done, and neither the worker stops nor another one is at work.
        """
        after, documents = 0, relexing.BATCH_DOCUMENTS
        while True:
            started = time.monotonic()
            try:
                last = self._relex(after, documents, collection)
            except DatabaseTimeout:
                if documents == 1:
                    after = self._skip(after, collection)
                documents = max(1, documents // 2)
            else:
                if not last:
                    return last is not None
                after, documents = last, min(2 * documents, relexing.BATCH_DOCUMENTS)
            if self._wait(time.monotonic() - started):
                return False

    def _relex(self, after: int, documents: int, collection: str | None) -> int | None:
        with self._database.connection() as connection:
            return relexing.relex(connection, self._default_language, after, documents, collection)

    def _skip(self, after: int, collection: str | None) -> int:
        log.warning("relexing.skipped_a_text")
        with self._database.connection() as connection:
            return relexing.skip(connection, after, collection)

    def _changed(self) -> list[Changed]:
        with self._database.connection() as connection:
            return languages.changed(connection)

    def _done(self, collection: Changed) -> None:
        with self._database.connection() as connection:
            languages.done(connection, collection)

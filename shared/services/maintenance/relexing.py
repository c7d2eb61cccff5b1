"""Recomputes lexemes while searches go on: old ones, and those of collections of a new language.

It needs no model server.
"""

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

import structlog

from shared.db.collections import languages
from shared.db.collections.languages import Changed
from shared.db.kit.pool import Database
from shared.db.search import relexing
from shared.domain.database_errors import DatabaseTimeout

SLICE_SECONDS = 30.0
"""After this time, other collections have their turn."""
TRIES = 3
"""So often a text may take too long. It may only have waited for the lock of a rename."""

log = structlog.get_logger()


@dataclass
class _Pass:
    """How far this worker has looked through a collection, or through the old texts of all."""

    collection: str | None = None
    is_settled: bool = False
    after: int = 0
    documents: int = field(default_factory=lambda: relexing.BATCH_DOCUMENTS)
    began_slice_at: float = 0.0
    is_over: bool = False
    must_repeat: bool = False


class Relexing:
    """Runs in a thread of its own. A restart begins the collections that are not done again."""

    def __init__(
        self, database: Database, default_language: str, wait: Callable[[float], bool]
    ) -> None:
        """`wait` waits for seconds and returns whether the worker stops."""
        self._database = database
        self._default_language = default_language
        self._wait = wait
        self._old = _Pass()
        self._passes: dict[tuple[str, datetime], _Pass] = {}
        self._tries: Counter[int] = Counter()

    def work(self) -> None:
        """Lex what is due, until another worker does. The next call continues.

        It also finds what an older process wrote meanwhile.
        """
        if not self._lex_old():
            return
        for changed, its_pass in self._by_turn(self._changed()):
            if not (self._lex_collection(changed, its_pass) and self._lex_old()):
                return

    def _by_turn(self, changed: list[Changed]) -> list[tuple[Changed, _Pass]]:
        """Return first the collection whose last slice is the longest ago."""
        passes = [(each, self._pass_through(each)) for each in changed]
        self._passes = {(each.key, each.since): its_pass for each, its_pass in passes}
        return sorted(passes, key=lambda each: each[1].began_slice_at)

    def _pass_through(self, changed: Changed) -> _Pass:
        begun = self._passes.get((changed.key, changed.since))
        return begun if begun and not begun.is_over else _Pass(changed.key, changed.is_settled)

    def _lex_old(self) -> bool:
        if self._old.is_over:
            self._old = _Pass()
        return self._lex(self._old, float("inf"))

    def _lex_collection(self, changed: Changed, its_pass: _Pass) -> bool:
        its_pass.began_slice_at = time.monotonic()
        may_go_on = self._lex(its_pass, SLICE_SECONDS)
        if its_pass.is_over and its_pass.is_settled and not its_pass.must_repeat:
            self._done(changed)
        return may_go_on

    def _lex(self, its_pass: _Pass, seconds: float) -> bool:
        """Lex batch after batch, and leave half of the time to others.

        Return False if the worker stops or another one is at work.
        """
        ends_at = time.monotonic() + seconds
        while not its_pass.is_over:
            started = time.monotonic()
            if not self._lex_batch(its_pass):
                return False
            if not its_pass.is_over and self._wait(time.monotonic() - started):
                return False
            if time.monotonic() >= ends_at:
                break
        return True

    def _lex_batch(self, its_pass: _Pass) -> bool:
        """Return False if another worker lexes."""
        try:
            last = self._relex(its_pass)
        except DatabaseTimeout:
            if its_pass.documents == 1:
                self._skip(its_pass)
            its_pass.documents = max(1, its_pass.documents // 2)
            return True
        if last:
            its_pass.after = last
            its_pass.documents = min(2 * its_pass.documents, relexing.BATCH_DOCUMENTS)
        its_pass.is_over = last == 0
        return last is not None

    def _relex(self, its_pass: _Pass) -> int | None:
        with self._database.connection() as connection:
            return relexing.relex(
                connection,
                self._default_language,
                its_pass.after,
                its_pass.documents,
                its_pass.collection,
            )

    def _skip(self, its_pass: _Pass) -> None:
        """Pass over the next text. Another round tries it again, but not for ever."""
        log.warning("relexing.skipped_a_text")
        with self._database.connection() as connection:
            key = relexing.next_text(connection, its_pass.after, its_pass.collection)
            if key is None:
                its_pass.is_over = True
                return
            self._tries[key] += 1
            if self._tries[key] < TRIES:
                its_pass.must_repeat = True
            else:
                relexing.give_up(connection, key)
        its_pass.after = key

    def _changed(self) -> list[Changed]:
        with self._database.connection() as connection:
            return languages.changed(connection)

    def _done(self, collection: Changed) -> None:
        with self._database.connection() as connection:
            languages.done(connection, collection)

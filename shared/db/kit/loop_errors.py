"""Errors of what runs again and again."""

from collections.abc import Iterator
from contextlib import contextmanager

import structlog

from shared.domain.database_errors import DatabaseUnavailable
from shared.domain.errors import describe

log = structlog.get_logger()


class LoopErrors:
    """Logs what a loop raises, once for as long as it stays the same."""

    def __init__(self, loop: str) -> None:
        self._loop = loop
        self._last: str | None = None

    @contextmanager
    def logged(self, *kinds: type[Exception]) -> Iterator[None]:
        """Log errors of these kinds instead of raising them."""
        try:
            yield
        except kinds as error:
            self._log(error)
        else:
            self._last = None

    def _log(self, error: Exception) -> None:
        detail = describe(error)
        if detail != self._last:
            known = isinstance(error, DatabaseUnavailable)
            log.error("loop.failed", loop=self._loop, detail=detail, exc_info=not known)
        self._last = detail

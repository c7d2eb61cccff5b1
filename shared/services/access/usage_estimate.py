"""What a tenant has: what was read lately, and what this process has added since."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

from shared.domain.access.limits import Usage

READ_EVERY_SECONDS = 0.5


class UsageEstimate:
    """Counts what is being added from before it is stored until it was read from the database.

    So writes of one process never exceed a quota together. Those of other processes that are not
    stored yet are not known.
    """

    def __init__(self, read: Callable[[], Awaitable[Usage]]) -> None:
        self._read = read
        self._lock = asyncio.Lock()
        self._read_at = float("-inf")
        self._stored = Usage()
        self._adding = Usage()
        self._added = Usage()
        """What was added since the last reading began."""

    @property
    def stored(self) -> Usage:
        """What was read last."""
        return self._stored

    @property
    def ahead(self) -> Usage:
        """What this process has added, or is adding, beyond that."""
        return self._adding + self._added

    @contextmanager
    def adding(self, growth: Usage) -> Iterator[None]:
        """Count the growth inside the block, and afterwards until the next reading."""
        self._adding += growth
        try:
            yield
        finally:
            self._adding -= growth
            self._added += growth

    async def refresh(self, *, if_older_than: float = 0.0) -> None:
        """Read what is stored, unless that was begun after this call or so many seconds before."""
        wanted = time.monotonic() - if_older_than
        async with self._lock:
            if self._read_at >= wanted:
                return
            began, before = time.monotonic(), self._added
            self._stored = await self._read()
            self._added -= before
            self._read_at = began

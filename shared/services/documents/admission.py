"""How much work is taken on: beyond that, writers are asked to come back later."""

from collections.abc import Iterator
from contextlib import contextmanager

from shared.db.kit.pool import AsyncDatabase
from shared.db.operations import statistics
from shared.domain.errors import TooBusy
from shared.services.operations.cached_probe import CHECK_EVERY_SECONDS, CachedProbe

SHARE = 8
"""Of the room that was counted, this process takes a part on trust: there may be others."""


class Admission:
    """Bounds what waits to be embedded, and the imports under way; 0 bounds nothing."""

    def __init__(
        self,
        database: AsyncDatabase,
        max_pending: int,
        max_imports: int,
        count_every_seconds: float = CHECK_EVERY_SECONDS,
    ) -> None:
        self._database = database
        self._max_pending = max_pending
        self._max_imports = max_imports
        self._imports = 0
        self._taken_on_trust = 0
        self._pending = CachedProbe(self._count, count_every_seconds)

    async def admit(self, documents: int) -> None:
        """Take on documents, which is free but for a count now and then; raises TooBusy."""
        if not self._max_pending:
            return
        if self._taken_on_trust < documents:
            room = self._max_pending - await self._pending.get()
            if room <= 0:
                raise TooBusy(f"{self._max_pending:,} documents wait to be embedded already.")
            self._taken_on_trust = max(documents, room // SHARE)
        self._taken_on_trust -= documents

    @contextmanager
    def importing(self) -> Iterator[None]:
        """Be one of the imports under way inside the block; raises TooBusy."""
        if self._max_imports and self._imports >= self._max_imports:
            raise TooBusy(f"{self._max_imports} imports are under way already.")
        self._imports += 1
        try:
            yield
        finally:
            self._imports -= 1

    async def _count(self) -> int:
        async with self._database.connection() as connection:
            return await statistics.pending(connection, self._max_pending)

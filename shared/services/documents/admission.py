"""Limits on waiting work. Beyond them, writers are asked to try again later."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from shared.db.kit.pool import AsyncDatabase
from shared.db.operations import statistics
from shared.domain.errors import TooBusy
from shared.services.access.quotas import NoQuotas
from shared.services.documents.waits import Waits
from shared.services.operations.cached_probe import CHECK_EVERY_SECONDS, CachedProbe

WAITS_MAX = 500
"""Requests that wait hold connections. Half of them are for other requests."""
CLIENT_SHARE = 0.75
"""The part of the imports that one client may run, so that another one can begin. A client is a
tenant, or an address while no key exists."""
SHARE = 8
"""After a count this process admits one part in SHARE of the room without counting again.
Other API processes may admit documents at the same time."""


class Admission:
    """Limits pending documents and concurrent imports, where 0 means no limit, waits and quotas."""

    def __init__(
        self,
        database: AsyncDatabase,
        max_pending: int,
        max_imports: int,
        max_waits: int = WAITS_MAX,
        count_every_seconds: float = CHECK_EVERY_SECONDS,
        quotas: NoQuotas | None = None,
    ) -> None:
        self._database = database
        self._max_pending = max_pending
        self._max_imports = max_imports
        self._imports = Counter[str]()
        self.waits = Waits(max_waits)
        self.quotas = quotas or NoQuotas()
        self._admitted_ahead = 0
        self._pending = CachedProbe(self._count, count_every_seconds)

    async def admit(self, documents: int) -> None:
        """Admit documents; most calls do not count. Raises TooBusy."""
        if not self._max_pending:
            return
        if self._admitted_ahead < documents:
            room = self._max_pending - await self._pending.get()
            if room <= 0:
                raise TooBusy(f"{self._max_pending:,} documents are waiting to be embedded.")
            self._admitted_ahead = max(documents, room // SHARE)
        self._admitted_ahead -= documents

    @contextmanager
    def importing(self, client: str) -> Iterator[None]:
        """Count as one running import of a client inside the block; raises TooBusy."""
        self._require_room(client)
        self._imports[client] += 1
        try:
            yield
        finally:
            self._imports[client] -= 1
            if not self._imports[client]:
                del self._imports[client]

    def _require_room(self, client: str) -> None:
        if not self._max_imports:
            return
        if self._imports.total() >= self._max_imports:
            raise TooBusy(f"{self._max_imports} imports are already running.")
        share = max(1, int(CLIENT_SHARE * self._max_imports))
        if self._imports[client] >= share:
            raise TooBusy(f"Your address, or your tenant, runs {share} imports already.")

    async def _count(self) -> int:
        async with self._database.connection() as connection:
            return await statistics.pending(connection, self._max_pending)

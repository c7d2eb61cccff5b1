"""Limits on waiting work. Beyond them, writers are asked to try again later."""

import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from shared.db.kit.pool import AsyncDatabase
from shared.db.operations import statistics
from shared.domain.errors import TooBusy
from shared.domain.operations.client import Client
from shared.domain.refs import Tenant
from shared.services.access.quotas import NoQuotas
from shared.services.operations.cached_probe import CHECK_EVERY_SECONDS, CachedProbe
from shared.services.operations.fair_slots import FairSlots

WAITS_MAX = 500
"""Requests that wait hold connections. Half of them are for other requests."""
CLIENT_SHARE = 0.75
"""The part of the imports that one client may run, so that another one can begin."""
TENANT_SHARE = 3
"""With several tenants, one may have this many times as much waiting as is free. Alone it has three
quarters. However many there are, a newcomer finds room."""
SHARE = 8
"""After a count this process admits one part in SHARE of the room without counting again.
Other API processes may admit documents at the same time."""


class Admission:
    """Limits pending documents and concurrent imports, where 0 means no limit, waits and quotas.

    No tenant takes all of what they share, once this process knows of more than one.
    """

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
        self._imports = Counter[Client]()
        self.waits = FairSlots(max_waits, f"{max_waits:,} requests are waiting for documents.")
        self.quotas = quotas or NoQuotas()
        self._admitted_ahead = Counter[Tenant]()
        self._pending = CachedProbe(self._count, count_every_seconds)
        self._known: set[Tenant] = set()

    async def admit(self, tenant: Tenant, documents: int) -> None:
        """Admit a tenant's documents; most calls do not count. Raises TooBusy."""
        self._known.add(tenant)
        if not self._max_pending:
            return
        if self._admitted_ahead[tenant] < documents:
            room = self._room(tenant, await self._pending.get())
            if room <= 0:
                raise TooBusy(f"{self._max_pending:,} documents are waiting to be embedded.")
            self._admitted_ahead[tenant] = max(documents, room // SHARE)
        self._admitted_ahead[tenant] -= documents

    def _room(self, tenant: Tenant, pending: Mapping[Tenant, int]) -> int:
        free = self._max_pending - sum(pending.values())
        return min(free, self._share_of(free) - pending.get(tenant, 0))

    def _share_of(self, free: int) -> int:
        """Return how much a tenant may have, if so much is free."""
        return TENANT_SHARE * free if len(self._known) > 1 else sys.maxsize

    @contextmanager
    def importing(self, client: Client) -> Iterator[None]:
        """Count as one running import of a client inside the block; raises TooBusy."""
        self._known.add(client.tenant)
        self._require_room(client)
        self._imports[client] += 1
        try:
            yield
        finally:
            self._imports[client] -= 1
            if not self._imports[client]:
                del self._imports[client]

    def _require_room(self, client: Client) -> None:
        if not self._max_imports:
            return
        free = self._max_imports - self._imports.total()
        of_tenant = [n for each, n in self._imports.items() if each.tenant == client.tenant]
        if free <= 0 or sum(of_tenant) >= self._share_of(free):
            raise TooBusy(f"{self._max_imports} imports are already running.")
        share = max(1, int(CLIENT_SHARE * self._max_imports))
        if self._imports[client] >= share:
            raise TooBusy(f"Your address runs {share} imports already.")

    async def _count(self) -> Mapping[Tenant, int]:
        async with self._database.connection() as connection:
            return await statistics.pending(connection)

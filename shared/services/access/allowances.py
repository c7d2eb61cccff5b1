"""The limits and quotas of tenants, read again after half a second."""

import time
from collections import OrderedDict
from dataclasses import dataclass, field

from shared.db.access import allowances
from shared.db.kit.pool import AsyncDatabase
from shared.domain.access.limits import Allowance, Limits, Quotas
from shared.domain.database_errors import DatabaseUnavailable
from shared.domain.refs import Tenant

KEEP_SECONDS = 0.5
TENANTS_KEPT = 10_000


@dataclass(slots=True)
class _Known:
    allowance: Allowance
    read_at: float = field(default_factory=time.monotonic)

    @property
    def is_recent(self) -> bool:
        return time.monotonic() - self.read_at < KEEP_SECONDS


class Allowances:
    """Requests that come while it is read may read it, too. While PostgreSQL is away, it stays."""

    def __init__(self, database: AsyncDatabase, defaults: Limits) -> None:
        self._database = database
        self._defaults = defaults
        self._known: OrderedDict[Tenant, _Known] = OrderedDict()

    async def of(self, tenant: Tenant) -> Allowance:
        known = self._known.get(tenant)
        if known is None or not known.is_recent:
            known = self._known[tenant] = _Known(await self._read(tenant))
            self._known.move_to_end(tenant)
            if len(self._known) > TENANTS_KEPT:
                self._known.popitem(last=False)
        return known.allowance

    async def _read(self, tenant: Tenant) -> Allowance:
        try:
            async with self._database.connection() as connection:
                own = await allowances.read(connection, tenant)
        except DatabaseUnavailable:
            known = self._known.get(tenant)
            return known.allowance if known else Allowance(self._defaults)
        return Allowance(self._defaults.changed_by(own.limits), Quotas.of(own.quotas))

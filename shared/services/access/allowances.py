"""The limits and quotas of tenants, read again after half a second."""

from shared.db.access import allowances
from shared.db.kit.pool import AsyncDatabase
from shared.domain.access.limits import Allowance, Limits, Quotas
from shared.domain.database_errors import DatabaseUnavailable
from shared.domain.refs import Tenant
from shared.domain.resilience.recent import Recent

KEEP_SECONDS = 0.5
TENANTS_KEPT = 10_000


class Allowances:
    """Requests that come while it is read may read it, too. While PostgreSQL is away, it stays."""

    def __init__(self, database: AsyncDatabase, defaults: Limits) -> None:
        self._database = database
        self._defaults = defaults
        self._known = Recent[Tenant, Allowance](KEEP_SECONDS, TENANTS_KEPT)

    async def of(self, tenant: Tenant) -> Allowance:
        known = self._known.get(tenant)
        if known is None:
            known = await self._read(tenant)
            self._known.put(tenant, known)
        return known

    async def _read(self, tenant: Tenant) -> Allowance:
        try:
            async with self._database.connection() as connection:
                own = await allowances.read(connection, tenant)
        except DatabaseUnavailable:
            return self._known.last(tenant) or Allowance(self._defaults)
        return Allowance(self._defaults.changed_by(own.limits), Quotas.of(own.quotas))

"""Keeps tenants within their quotas, before something is stored or answered."""

from collections import defaultdict
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, nullcontext

from shared.db.access import usage
from shared.db.kit.pool import AsyncDatabase
from shared.domain.access.limits import Quotas, Usage
from shared.domain.access.quotas import is_far_from, require_room, require_room_for_answer, size_of
from shared.domain.access_errors import QuotaExceeded
from shared.domain.documents.document import NewDocument
from shared.domain.refs import Collection, Tenant
from shared.ports.meters import ApiMeter
from shared.services.access.allowances import Allowances
from shared.services.access.usage_estimate import READ_EVERY_SECONDS, UsageEstimate

NOTHING = Usage()


class NoQuotas:
    """Lets everybody store and ask as much as they want."""

    @asynccontextmanager
    async def storing(self, batch: Sequence[NewDocument]) -> AsyncIterator[None]:  # noqa: ARG002
        yield

    @asynccontextmanager
    async def growing(self, tenant: Tenant, added_bytes: int) -> AsyncIterator[None]:  # noqa: ARG002
        yield


class TenantQuotas(NoQuotas):
    """The quotas of all tenants. What other processes are storing may exceed one."""

    def __init__(self, database: AsyncDatabase, allowances: Allowances, meter: ApiMeter) -> None:
        self._database = database
        self._allowances = allowances
        self._meter = meter
        self._estimates: dict[Tenant, UsageEstimate] = {}

    async def used(self, tenant: Tenant) -> Usage:
        """Return what a tenant has."""
        async with self._database.connection() as connection:
            return await usage.usage(connection, tenant)

    @asynccontextmanager
    async def storing(self, batch: Sequence[NewDocument]) -> AsyncIterator[None]:
        """Count documents of one tenant as stored in the block; raises QuotaExceeded."""
        tenant = batch[0].ref.collection.tenant
        quotas = (await self._allowances.of(tenant)).quotas
        if not quotas.of_documents:
            yield
            return
        estimate = self._estimate(tenant)
        with self._counted(tenant, is_final=len(batch) == 1):
            growth = await self._admitted(estimate, quotas, batch)
        with estimate.adding(growth):
            yield

    @asynccontextmanager
    async def growing(self, tenant: Tenant, added_bytes: int) -> AsyncIterator[None]:
        """Count the growth of what a tenant has as stored in the block; raises QuotaExceeded."""
        growth = Usage(bytes=added_bytes)
        estimate = await self._with_room(tenant, growth) if added_bytes else None
        with estimate.adding(growth) if estimate else nullcontext():
            yield

    async def require_room(self, tenant: Tenant, growth: Usage, held: Usage = NOTHING) -> None:
        """Raise QuotaExceeded if so much may not be stored beside what a request holds."""
        await self._with_room(tenant, growth, held)

    async def _with_room(
        self, tenant: Tenant, growth: Usage, held: Usage = NOTHING
    ) -> UsageEstimate | None:
        """Return what a tenant with quotas has; raises QuotaExceeded."""
        quotas = (await self._allowances.of(tenant)).quotas
        if not quotas.of_documents:
            return None
        estimate = self._estimate(tenant)
        await _refresh(estimate, quotas, held + growth)
        with self._counted(tenant):
            require_room(quotas, estimate.stored + estimate.ahead + held, growth)
        return estimate

    async def answer(self, tenant: Tenant) -> None:
        """Count an answer; raises QuotaExceeded."""
        quotas = (await self._allowances.of(tenant)).quotas
        if not quotas.answers_per_day:
            return
        estimate = self._estimate(tenant)
        one = Usage(answers=1)
        await _refresh(estimate, quotas, one)
        with self._counted(tenant):
            require_room_for_answer(quotas, estimate.stored + estimate.ahead)
        with estimate.adding(one):
            async with self._database.connection() as connection:
                await usage.add_answer(connection, tenant)

    async def _admitted(
        self, estimate: UsageEstimate, quotas: Quotas, batch: Sequence[NewDocument]
    ) -> Usage:
        """Return by how much documents grow; raises QuotaExceeded.

        What they replace is looked up only if there is no room for them otherwise.
        """
        growth = sum(map(size_of, batch), Usage())
        await _refresh(estimate, quotas, growth)
        try:
            require_room(quotas, estimate.stored + estimate.ahead, growth)
        except QuotaExceeded:
            growth -= await self._replaced(batch)
            await estimate.refresh()
            require_room(quotas, estimate.stored + estimate.ahead, growth)
        return growth

    async def _replaced(self, batch: Sequence[NewDocument]) -> Usage:
        ids: defaultdict[Collection, list[str]] = defaultdict(list)
        for new in batch:
            ids[new.ref.collection].append(new.ref.id)
        replaced = Usage()
        async with self._database.connection() as connection:
            for collection, each in ids.items():
                replaced += await usage.stored(connection, collection, each)
        return replaced

    @contextmanager
    def _counted(self, tenant: Tenant, *, is_final: bool = True) -> Iterator[None]:
        """Count a refusal. A larger batch is tried again in parts."""
        try:
            yield
        except QuotaExceeded as error:
            if is_final:
                self._meter.quota_exceeded(tenant.name, error.quota)
            raise

    def _estimate(self, tenant: Tenant) -> UsageEstimate:
        """Return the estimate of a tenant with quotas. There are few of them."""
        if tenant not in self._estimates:
            self._estimates[tenant] = UsageEstimate(lambda: self.used(tenant))
        return self._estimates[tenant]


async def _refresh(estimate: UsageEstimate, quotas: Quotas, growth: Usage) -> None:
    """Read what is stored, if that was long ago or if the end of a quota is near."""
    await estimate.refresh(if_older_than=READ_EVERY_SECONDS)
    if not is_far_from(quotas, estimate.stored, estimate.ahead + growth):
        await estimate.refresh()

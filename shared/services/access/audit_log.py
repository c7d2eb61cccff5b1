"""The audit: who did what, written in the transaction of the change."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from shared.db.access import audit
from shared.db.access.audit import Act
from shared.db.kit.pool import EVERY_TENANT, FENCE, AsyncConnection, AsyncDatabase
from shared.domain.access.principal import Action, Principal
from shared.domain.access.records import AuditEntry

WITHOUT_KEY = "no key"
"""The actor before the first key exists."""


def done_by(
    caller: Principal,
    action: str,
    target: str,
    detail: Mapping[str, Any] | None = None,
    *,
    tenant: str | None = None,
) -> Act:
    """Return what a caller does, in their own tenant unless another is named."""
    return Act(
        tenant=tenant or caller.tenant.name,
        actor=caller.key or WITHOUT_KEY,
        actor_name=caller.name,
        action=action,
        target=target,
        detail=detail or {},
    )


async def record(connection: AsyncConnection, done: Act) -> None:
    """Add an entry in the transaction of any connection."""
    await connection.execute(FENCE, [done.tenant])
    await audit.add(connection, done)


class AuditLog:
    def __init__(self, database: AsyncDatabase) -> None:
        self._database = database

    async def newest(self, caller: Principal, before: UUID | None, limit: int) -> list[AuditEntry]:
        """Return entries of the caller's tenant, newest first. An operator sees all tenants'."""
        caller.require(Action.OPERATOR if caller.is_operator else Action.KEYS)
        tenant = None if caller.is_operator else caller.tenant.name
        async with self._database.fenced(tenant or EVERY_TENANT) as connection:
            return await audit.newest(connection, tenant, before, limit)

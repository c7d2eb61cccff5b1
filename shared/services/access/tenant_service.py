"""Tenants: create, list, change. Only operators may."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from psycopg.errors import UniqueViolation

from shared.db.access import audit, tenants
from shared.db.kit.pool import EVERY_TENANT, AsyncDatabase
from shared.db.models import tenant_models
from shared.domain.access.principal import Action, Principal
from shared.domain.access.records import StoredTenant
from shared.domain.access_errors import NoModelYet, TenantExists, TenantNotFound
from shared.domain.errors import FieldError, InvalidInput
from shared.domain.refs import Tenant
from shared.services.access.audit_log import done_by

NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
WEIGHT_MAX = 1000.0


@dataclass(frozen=True, slots=True)
class TenantSettings:
    """A tenant's share of the model, and its bounds. None stays as it is."""

    weight: float | None = None
    quotas: Mapping[str, int | None] = field(default_factory=dict)
    limits: Mapping[str, int | None] = field(default_factory=dict)


class TenantService:
    def __init__(self, database: AsyncDatabase) -> None:
        self._database = database

    async def create(self, caller: Principal, name: str, wanted: TenantSettings) -> StoredTenant:
        """Create a tenant with an embedding model of its own.

        Raises InvalidInput, Forbidden, TenantExists and NoModelYet.
        """
        caller.require(Action.OPERATOR)
        if NAME.fullmatch(name) is None:
            message = "must be 1 to 63 of a-z, 0-9 and -, and must not begin with -"
            raise InvalidInput(FieldError(("name",), message))
        row = {
            "name": name,
            "weight": 1.0 if wanted.weight is None else wanted.weight,
            "quotas": _merged({}, wanted.quotas),
            "limits": _merged({}, wanted.limits),
        }
        try:
            async with self._database.fenced(EVERY_TENANT) as connection:
                if await tenants.read(connection, name):
                    raise TenantExists
                model_id = await tenant_models.create(connection, Tenant(name))
                if model_id is None:
                    raise NoModelYet
                stored = await tenants.create(connection, row, model_id)
                done = done_by(caller, "tenant.create", name, _shown(stored), tenant=name)
                await audit.add(connection, done)
        except UniqueViolation:
            raise TenantExists from None
        return stored

    async def change(self, caller: Principal, name: str, wanted: TenantSettings) -> StoredTenant:
        """Change a tenant's weight, quotas or limits. A bound of None is removed.

        Raises Forbidden and TenantNotFound.
        """
        caller.require(Action.OPERATOR)
        async with self._database.fenced(EVERY_TENANT) as connection:
            before = await tenants.read_locked(connection, name)
            if before is None:
                raise TenantNotFound
            row = {
                "name": name,
                "weight": before.weight if wanted.weight is None else wanted.weight,
                "quotas": _merged(before.quotas, wanted.quotas),
                "limits": _merged(before.limits, wanted.limits),
            }
            stored = await tenants.change(connection, row)
            assert stored is not None, "its row is locked"
            done = done_by(caller, "tenant.change", name, _shown(stored), tenant=name)
            await audit.add(connection, done)
        return stored

    async def get(self, caller: Principal, name: str) -> StoredTenant:
        """Return a tenant; raises Forbidden and TenantNotFound."""
        caller.require(Action.OPERATOR)
        async with self._database.connection() as connection:
            found = await tenants.read(connection, name)
        if found is None:
            raise TenantNotFound
        return found

    async def some(self, caller: Principal, after: str, limit: int) -> list[StoredTenant]:
        """Return tenants in the order of their names; raises Forbidden."""
        caller.require(Action.OPERATOR)
        async with self._database.connection() as connection:
            return await tenants.some(connection, after, limit)


def _merged(before: Mapping[str, int], wanted: Mapping[str, int | None]) -> dict[str, int]:
    merged = {**before, **wanted}
    return {name: value for name, value in merged.items() if value is not None}


def _shown(tenant: StoredTenant) -> dict[str, object]:
    return {
        "weight": tenant.weight,
        "quotas": dict(tenant.quotas),
        "limits": dict(tenant.limits),
    }

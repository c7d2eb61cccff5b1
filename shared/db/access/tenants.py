"""Tenants: create, read, change."""

from collections.abc import Mapping
from typing import LiteralString

from psycopg.types.json import Jsonb

from shared.db.kit.fetch import fetch_all_async, fetch_optional_async
from shared.db.kit.pool import AsyncConnection
from shared.domain.access.records import StoredTenant

_TENANT: LiteralString = "name, weight, quotas, limits, created_at"
_CREATE: LiteralString = f"""
INSERT INTO tenants (name, model_id, weight, quotas, limits)
VALUES (%(name)s, %(model_id)s, %(weight)s, %(quotas)s, %(limits)s)
RETURNING {_TENANT}
"""
_CHANGE: LiteralString = f"""
UPDATE tenants SET weight = %(weight)s, quotas = %(quotas)s, limits = %(limits)s
WHERE name = %(name)s RETURNING {_TENANT}
"""
_READ: LiteralString = f"SELECT {_TENANT} FROM tenants WHERE name = %s"
_LOCKED: LiteralString = f"{_READ} FOR UPDATE"
_LIST: LiteralString = f"""
SELECT {_TENANT} FROM tenants WHERE name COLLATE "C" > %s ORDER BY name COLLATE "C" LIMIT %s
"""


async def create(
    connection: AsyncConnection, tenant: Mapping[str, object], model_id: int
) -> StoredTenant:
    """Add a tenant with a model of its own."""
    parameters = _parameters(tenant) | {"model_id": model_id}
    found = await fetch_optional_async(connection, StoredTenant, _CREATE, parameters)
    assert found is not None, "an INSERT returns its row"
    return found


async def change(connection: AsyncConnection, tenant: Mapping[str, object]) -> StoredTenant | None:
    return await fetch_optional_async(connection, StoredTenant, _CHANGE, _parameters(tenant))


async def read(connection: AsyncConnection, name: str) -> StoredTenant | None:
    return await fetch_optional_async(connection, StoredTenant, _READ, (name,))


async def read_locked(connection: AsyncConnection, name: str) -> StoredTenant | None:
    return await fetch_optional_async(connection, StoredTenant, _LOCKED, (name,))


async def some(connection: AsyncConnection, after: str, limit: int) -> list[StoredTenant]:
    """Return tenants in the order of their names."""
    return await fetch_all_async(connection, StoredTenant, _LIST, (after, limit))


def _parameters(tenant: Mapping[str, object]) -> dict[str, object]:
    return {
        "name": tenant["name"],
        "weight": tenant["weight"],
        "quotas": Jsonb(tenant["quotas"]),
        "limits": Jsonb(tenant["limits"]),
    }

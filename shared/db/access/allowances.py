"""What the keys of a tenant may send, and what it may have, as its operator set it."""

from collections.abc import Mapping
from typing import Any, LiteralString, NamedTuple

from shared.db.kit.fetch import fetch_optional_async
from shared.db.kit.pool import AsyncConnection
from shared.domain.refs import Tenant

_READ: LiteralString = "SELECT limits, quotas FROM tenants WHERE name = %s"


class OwnAllowance(NamedTuple):
    """Values by name. A name without a value has the default one."""

    limits: Mapping[str, Any]
    quotas: Mapping[str, Any]


async def read(connection: AsyncConnection, tenant: Tenant) -> OwnAllowance:
    """Return what is set for a tenant; nothing if it does not exist."""
    found = await fetch_optional_async(connection, OwnAllowance, _READ, (tenant.name,))
    return found or OwnAllowance({}, {})

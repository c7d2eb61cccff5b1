"""The tenants' shares of the model, by virtual time: model time divided by the tenant's weight.

In each lane the tenant with the least virtual time is next. The lane's clock is the virtual time at
which the last claim began. Whoever is behind it had no work, and starts at it.
"""

from typing import LiteralString

from shared.db.embedding.models_with_jobs import HAS_DUE, MODELS
from shared.db.kit.fetch import fetch_all, fetch_all_async
from shared.db.kit.pool import AsyncConnection, Connection
from shared.domain.documents.document import Lane
from shared.domain.embedding.fair_shares import DueTenant, Share, UsedShare
from shared.domain.refs import Tenant

_CLOCK: LiteralString = """(SELECT coalesce(max(started_ms), 0) FROM tenant_shares
        WHERE lane = %(lane)s)"""
DUE: LiteralString = f"""
WITH RECURSIVE {MODELS}, due AS MATERIALIZED (
    SELECT model_id FROM models WHERE {HAS_DUE.format(lane="%(lane)s")}
), clock AS MATERIALIZED (SELECT {_CLOCK} AS started_ms)
SELECT m.tenant, coalesce(t.weight, 1) AS weight, array_agg(m.id ORDER BY m.id) AS model_ids
FROM due JOIN embedding_models m ON m.id = due.model_id
LEFT JOIN tenants t ON t.name = m.tenant
LEFT JOIN tenant_shares s ON s.tenant = m.tenant AND s.lane = %(lane)s
GROUP BY m.tenant, t.weight, s.virtual_ms
ORDER BY greatest(s.virtual_ms, (SELECT started_ms FROM clock)), s.virtual_ms NULLS FIRST, m.tenant
"""
_BEGIN: LiteralString = f"""
INSERT INTO tenant_shares AS s (tenant, lane, started_ms, virtual_ms)
SELECT %(tenant)s, %(lane)s, clock.started_ms, clock.started_ms + %(virtual)s
FROM (SELECT {_CLOCK} AS started_ms) AS clock
ON CONFLICT (tenant, lane) DO UPDATE SET
    started_ms = greatest(s.virtual_ms, excluded.started_ms),
    virtual_ms = greatest(s.virtual_ms, excluded.started_ms) + %(virtual)s
"""
_END: LiteralString = """
UPDATE tenant_shares
SET virtual_ms = virtual_ms + %(virtual)s, model_ms = model_ms + %(used)s
WHERE tenant = %(tenant)s AND lane = %(lane)s
"""

_USED: LiteralString = """
SELECT tenant, lane, model_ms / 1000 AS seconds FROM tenant_shares
WHERE model_ms > 0 ORDER BY model_ms DESC, tenant, lane LIMIT %s
"""


def due(connection: Connection, lane: Lane) -> list[DueTenant]:
    """Return the tenants with due jobs in the order of their turns."""
    return fetch_all(connection, _due_tenant, DUE, {"lane": lane})


def _due_tenant(*, tenant: str, weight: float, model_ids: list[int]) -> DueTenant:
    return DueTenant(Share(Tenant(tenant), weight), tuple(model_ids))


def begin(connection: Connection, share: Share, lane: Lane, expected_ms: float) -> None:
    """Charge what a claim is expected to use, so that other workers serve others meanwhile."""
    parameters = {
        "tenant": share.tenant.name,
        "lane": lane,
        "virtual": expected_ms / share.weight,
    }
    connection.execute(_BEGIN, parameters)


def end(
    connection: Connection, share: Share, lane: Lane, expected_ms: float, used_ms: float
) -> None:
    """Charge what a claim has used instead of what was expected."""
    parameters = {
        "tenant": share.tenant.name,
        "lane": lane,
        "virtual": (used_ms - expected_ms) / share.weight,
        "used": used_ms,
    }
    connection.execute(_END, parameters)


async def most_used(connection: AsyncConnection, limit: int) -> list[UsedShare]:
    """Return by tenant and lane how long the model has worked, the longest times first."""
    return await fetch_all_async(connection, UsedShare, _USED, (limit,))

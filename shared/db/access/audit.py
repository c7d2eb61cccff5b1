"""The audit: add an entry in the transaction of the change, read, and purge what is old."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, LiteralString
from uuid import UUID

from psycopg.types.json import Jsonb

from shared.db.kit.fetch import fetch_all_async, fetch_value
from shared.db.kit.pool import EVERY_TENANT, FENCE, AsyncConnection, Connection
from shared.domain.access.records import AuditEntry
from shared.domain.documents.document import new_id

PURGE_BATCH = 1000

_ADD: LiteralString = """
INSERT INTO audit (id, tenant, actor, actor_name, action, target, detail)
VALUES (%(id)s, %(tenant)s, %(actor)s, %(actor_name)s, %(action)s, %(target)s, %(detail)s)
"""
_READ: LiteralString = """
SELECT id, at, tenant, CASE WHEN {known} THEN actor ELSE 'operator' END AS actor,
    CASE WHEN {known} THEN actor_name END AS actor_name, action, target, detail
FROM audit
WHERE {tenants} AND (%(before)s::uuid IS NULL OR id < %(before)s::uuid)
ORDER BY id DESC LIMIT %(limit)s
"""
_OWN_ACTOR: LiteralString = """(actor = 'no key'
        OR EXISTS (SELECT FROM keys k WHERE (k.id, k.tenant) = (audit.actor, audit.tenant)))"""
_ALLOW_PURGE: LiteralString = "SELECT set_config('inkdex.purge', 'on', true)"
_PURGE: LiteralString = f"""
WITH gone AS (
    DELETE FROM audit WHERE id IN (
        SELECT id FROM audit WHERE at < now() - make_interval(days => %s)
        ORDER BY at LIMIT {PURGE_BATCH} FOR UPDATE SKIP LOCKED)
    RETURNING id
)
SELECT count(*) FROM gone
"""


@dataclass(frozen=True, slots=True)
class Act:
    """What somebody did. `tenant` is whose data it concerns."""

    tenant: str
    actor: str
    actor_name: str | None
    action: str
    target: str
    detail: Mapping[str, Any] = field(default_factory=dict)


async def add(connection: AsyncConnection, act: Act) -> None:
    """Add an entry. The connection is in a transaction that may see the tenant's audit."""
    parameters = {
        "id": new_id(),
        "tenant": act.tenant,
        "actor": act.actor,
        "actor_name": act.actor_name,
        "action": act.action,
        "target": act.target,
        "detail": Jsonb(dict(act.detail)),
    }
    await connection.execute(_ADD, parameters)


async def newest(
    connection: AsyncConnection, tenant: str | None, before: UUID | None, limit: int
) -> list[AuditEntry]:
    """Return the entries of a tenant, or of all for None, before an entry, newest first.

    A tenant does not see the keys of operators of another one.
    """
    tenants, known = ("true", "true") if tenant is None else ("tenant = %(tenant)s", _OWN_ACTOR)
    parameters = {"tenant": tenant, "before": before, "limit": limit}
    return await fetch_all_async(
        connection, AuditEntry, _READ.format(tenants=tenants, known=known), parameters
    )


def purge(connection: Connection, keep_days: int) -> int:
    """Delete up to PURGE_BATCH of the entries that are too old; return how many."""
    with connection.transaction():
        connection.execute(FENCE, [EVERY_TENANT])
        connection.execute(_ALLOW_PURGE)
        return int(fetch_value(connection, _PURGE, [keep_days]))

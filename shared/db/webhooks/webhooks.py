"""Webhooks of collections: create or change, read, list and delete."""

from dataclasses import dataclass
from typing import Any, LiteralString

from shared.db.kit.fetch import fetch_all_async, fetch_optional_async
from shared.db.kit.pool import AsyncConnection
from shared.db.kit.tenants import OF_TENANT, keys_of
from shared.domain.refs import Collection, Tenant
from shared.domain.webhooks.webhook import Webhook

WAITING_MAX = 1000
LIST_MAX = 1000

UNDELIVERED_EVENTS: LiteralString = """
    FROM events e WHERE e.collection = w.collection AND e.status IN ('ready', 'failed')
    AND (e.xid, e.seq) > (w.xid, w.seq) AND e.xid < pg_snapshot_xmin(pg_current_snapshot())
"""
"""The events `e` that webhook `w` has not received yet.

Events of unfinished transactions, and later ones, wait, so that none is missed.
"""
UNDELIVERED_IMPORTS: LiteralString = """
    FROM imports i WHERE i.collections[1] = w.collection AND cardinality(i.collections) = 1
    AND i.ended_at IS NOT NULL AND (i.ended_xid, i.key) > (w.xid, w.seq)
    AND i.ended_xid < pg_snapshot_xmin(pg_current_snapshot())
"""
"""The same of ended imports `i`. Each end has a transaction without events."""
_WEBHOOK: LiteralString = f"""
    w.collection, w.url, w.paused, w.failures, w.result, w.attempted_at, w.delivered_at,
    w.next_attempt_at, w.created_at, (SELECT count(*) FROM (
        SELECT {UNDELIVERED_EVENTS} UNION ALL SELECT {UNDELIVERED_IMPORTS} LIMIT {WAITING_MAX}
    ) AS undelivered) AS waiting
"""
# A row that an INSERT created has xmax 0. One that ON CONFLICT updated has another xmax.
_PUT: LiteralString = f"""
INSERT INTO webhooks AS w (collection, url, secret, xid, seq)
SELECT %(collection)s, %(url)s, coalesce(%(secret)s, %(new_secret)s),
    pg_snapshot_xmin(pg_current_snapshot()), 0
WHERE (SELECT count(*) FROM (
        SELECT FROM webhooks WHERE {OF_TENANT.format(collection="collection")} LIMIT %(most)s
    ) AS counted) < %(most)s
   OR EXISTS (SELECT FROM webhooks WHERE collection = %(collection)s)
ON CONFLICT (collection) DO UPDATE SET url = excluded.url,
    secret = coalesce(%(secret)s, w.secret), updated_at = now(), paused = false,
    failures = 0, result = NULL, answer_seconds = NULL, next_attempt_at = now(),
    lease_until = NULL, lease_token = NULL
RETURNING xmax::text = '0' AS created, {_WEBHOOK}
"""
_READ: LiteralString = f"SELECT {_WEBHOOK} FROM webhooks w WHERE w.collection = %s"
_LIST: LiteralString = f"""SELECT {_WEBHOOK} FROM webhooks w
WHERE {OF_TENANT.format(collection="w.collection")} ORDER BY w.collection LIMIT {LIST_MAX}"""


@dataclass(frozen=True, slots=True)
class WebhookPut:
    """A webhook as it is to be. Without `secret`, a new one gets `new_secret`."""

    collection: Collection
    url: str
    secret: str | None
    new_secret: str


async def put(
    connection: AsyncConnection, new: WebhookPut, most: int
) -> tuple[Webhook, bool] | None:
    """Create a webhook for events from now on, or change one and resume its deliveries.

    Return it and whether it is new, or None if the tenant has `most` others. An existing webhook
    keeps its secret unless `new` has one.
    """
    parameters = {
        "collection": new.collection,
        "url": new.url,
        "secret": new.secret,
        "new_secret": new.new_secret,
        "most": most,
        **keys_of(new.collection.tenant),
    }
    row = await fetch_optional_async(connection, dict[str, Any], _PUT, parameters)
    if row is None:
        return None
    created = row.pop("created")
    return _webhook(**row), created


async def read(connection: AsyncConnection, collection: Collection) -> Webhook | None:
    return await fetch_optional_async(connection, _webhook, _READ, (collection,))


async def every(connection: AsyncConnection, tenant: Tenant) -> list[Webhook]:
    """Return up to LIST_MAX webhooks of a tenant in the order of their collections."""
    return await fetch_all_async(connection, _webhook, _LIST, keys_of(tenant))


async def delete(connection: AsyncConnection, collection: Collection) -> bool:
    """Delete a webhook. Return False if there was none."""
    cursor = await connection.execute("DELETE FROM webhooks WHERE collection = %s", (collection,))
    return cursor.rowcount > 0


def _webhook(*, collection: str, **rest: Any) -> Webhook:  # noqa: ANN401 - columns of any type
    return Webhook(Collection.of_key(collection), **rest)

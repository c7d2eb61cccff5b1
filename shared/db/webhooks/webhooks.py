"""Webhooks: what each was told so far, and what it is to be told next.

A delivery is under a lease: no transaction is open while a receiver is waited for.
"""

from typing import LiteralString

from shared.db.kit.pool import AsyncConnection
from shared.domain.webhooks.webhook import Webhook

WAITING_MAX = 1000
LIST_MAX = 1000


_UNTOLD: LiteralString = """
    e.collection = {w}.collection AND e.status IN ('ready', 'failed')
    AND (e.xid, e.seq) > ({w}.xid, {w}.seq) AND e.xid < pg_snapshot_xmin(pg_current_snapshot())
"""
_WEBHOOK: LiteralString = f"""
    w.collection, w.url, w.paused, w.failures, w.result, w.attempted_at, w.delivered_at,
    w.next_attempt_at, w.created_at, (SELECT count(*) FROM (
        SELECT FROM events e WHERE {_UNTOLD.format(w="w")} LIMIT {WAITING_MAX}
    ) AS untold) AS waiting
"""


async def put(
    connection: AsyncConnection, collection: str, url: str, secret: str | None, new_secret: str
) -> tuple[Webhook, bool]:
    """Create a webhook that hears what happens from now on, or change one and start it again.

    Return it and whether it is new. Without a `secret` a new one gets `new_secret`, and one that
    exists keeps its own.
    """
    cursor = await connection.execute(
        f"""
        INSERT INTO webhooks AS w (collection, url, secret, xid, seq)
        VALUES (%(collection)s, %(url)s, coalesce(%(secret)s, %(new_secret)s),
            pg_snapshot_xmin(pg_current_snapshot()), 0)
        ON CONFLICT (collection) DO UPDATE SET url = excluded.url,
            secret = coalesce(%(secret)s, w.secret), updated_at = now(), paused = false,
            failures = 0, result = NULL, next_attempt_at = now(),
            lease_until = NULL, lease_token = NULL
        RETURNING xmax::text = '0' AS created, {_WEBHOOK}
        """,
        {"collection": collection, "url": url, "secret": secret, "new_secret": new_secret},
    )
    row = await cursor.fetchone()
    assert row is not None
    created = row.pop("created")
    return Webhook(**row), created


async def read(connection: AsyncConnection, collection: str) -> Webhook | None:
    """Return a collection's webhook, or None."""
    statement = f"SELECT {_WEBHOOK} FROM webhooks w WHERE w.collection = %s"
    cursor = await connection.execute(statement, (collection,))
    row = await cursor.fetchone()
    return Webhook(**row) if row else None


async def every(connection: AsyncConnection) -> list[Webhook]:
    """Return the webhooks, by collection, up to LIST_MAX."""
    cursor = await connection.execute(
        f"SELECT {_WEBHOOK} FROM webhooks w ORDER BY w.collection LIMIT {LIST_MAX}"
    )
    return [Webhook(**row) for row in await cursor.fetchall()]


async def delete(connection: AsyncConnection, collection: str) -> bool:
    """Delete a webhook; return whether there was one."""
    cursor = await connection.execute("DELETE FROM webhooks WHERE collection = %s", (collection,))
    return cursor.rowcount > 0

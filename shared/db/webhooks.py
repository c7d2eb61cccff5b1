"""Webhooks: what each was told so far, and what it is to be told next.

A delivery is under a lease: no transaction is open while a receiver is waited for.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID, uuid4

from shared.db.events import Position
from shared.db.pool import AsyncConnection, Connection
from shared.domain.webhooks import Webhook

WAITING_MAX = 1000
LIST_MAX = 1000


@dataclass(frozen=True, slots=True)
class Due:
    """A webhook that is owed events after `position`, leased under `token`."""

    collection: str
    url: str
    secret: str
    position: Position
    failures: int
    token: UUID


@dataclass(frozen=True, slots=True)
class Told:
    """An event as a webhook tells it."""

    position: Position
    id: str
    status: str
    version: int
    at: datetime


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


def claim(connection: Connection, limit: int, lease_seconds: float) -> list[Due]:
    """Lease webhooks that are owed events, the longest waiting first."""
    token = uuid4()
    rows = connection.execute(
        f"""
        WITH due AS (
            SELECT w.collection FROM webhooks w
            WHERE NOT w.paused AND w.next_attempt_at <= now()
              AND (w.lease_until IS NULL OR w.lease_until < now())
              AND EXISTS (SELECT FROM events e WHERE {_UNTOLD.format(w="w")})
            ORDER BY w.next_attempt_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED
        )
        UPDATE webhooks w SET lease_until = now() + make_interval(secs => %(lease)s),
            lease_token = %(token)s
        FROM due WHERE w.collection = due.collection
        RETURNING w.collection, w.url, w.secret, w.xid::text, w.seq, w.failures
        """,
        {"limit": limit, "lease": lease_seconds, "token": token},
    )
    return [_due(row, token) for row in rows]


def _due(row: dict[str, Any], token: UUID) -> Due:
    position = Position(int(row["xid"]), row["seq"])
    return Due(row["collection"], row["url"], row["secret"], position, row["failures"], token)


def untold(connection: Connection, due: Due, limit: int) -> list[Told]:
    """Return the next events of a webhook, in order."""
    rows = connection.execute(
        f"""
        SELECT e.xid::text, e.seq, e.id, e.status, e.version, e.created_at
        FROM events e, (SELECT %s AS collection, %s::text::xid8 AS xid, %s::bigint AS seq) AS w
        WHERE {_UNTOLD.format(w="w")} ORDER BY e.xid, e.seq LIMIT %s
        """,
        (due.collection, str(due.position.xid), due.position.seq, limit),
    )
    return [
        Told(
            Position(int(row["xid"]), row["seq"]),
            row["id"],
            row["status"],
            row["version"],
            row["created_at"],
        )
        for row in rows
    ]


def delivered(connection: Connection, due: Due, told: Sequence[Told], result: str) -> None:
    """Note that events arrived, and give the webhook back, unless somebody else has it."""
    last = told[-1].position
    connection.execute(
        """
        UPDATE webhooks SET xid = %(xid)s::text::xid8, seq = %(seq)s, failures = 0,
            result = %(result)s, attempted_at = now(), delivered_at = now(),
            next_attempt_at = now(), lease_until = NULL, lease_token = NULL
        WHERE collection = %(collection)s AND lease_token = %(token)s
        """,
        {
            "xid": str(last.xid),
            "seq": last.seq,
            "result": result,
            "collection": due.collection,
            "token": due.token,
        },
    )


def failed(
    connection: Connection, due: Due, result: str, delay_seconds: float, *, gone: bool
) -> None:
    """Note that a delivery failed and when the next is tried, if it is not `gone` for good."""
    connection.execute(
        """
        UPDATE webhooks SET failures = failures + 1, result = %(result)s, attempted_at = now(),
            next_attempt_at = now() + make_interval(secs => %(delay)s), paused = %(gone)s,
            lease_until = NULL, lease_token = NULL
        WHERE collection = %(collection)s AND lease_token = %(token)s
        """,
        {
            "result": result,
            "delay": delay_seconds,
            "gone": gone,
            "collection": due.collection,
            "token": due.token,
        },
    )


def release(connection: Connection, due: Due) -> None:
    """Give a webhook back."""
    connection.execute(
        "UPDATE webhooks SET lease_until = NULL, lease_token = NULL"
        " WHERE collection = %s AND lease_token = %s",
        (due.collection, due.token),
    )

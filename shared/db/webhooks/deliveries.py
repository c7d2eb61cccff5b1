"""Webhook deliveries: claim what is due, read its events, record the result."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

from shared.db.kit.pool import Connection
from shared.db.webhooks.webhooks import _UNTOLD
from shared.domain.events.event import Position
from shared.domain.webhooks.delivery import DueWebhook, WebhookEvent


def claim(connection: Connection, limit: int, lease_seconds: float) -> list[DueWebhook]:
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


def _due(row: dict[str, Any], token: UUID) -> DueWebhook:
    position = Position(int(row["xid"]), row["seq"])
    return DueWebhook(
        row["collection"], row["url"], row["secret"], position, row["failures"], token
    )


def undelivered(connection: Connection, due: DueWebhook, limit: int) -> list[WebhookEvent]:
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
        WebhookEvent(
            Position(int(row["xid"]), row["seq"]),
            row["id"],
            row["status"],
            row["version"],
            row["created_at"],
        )
        for row in rows
    ]


def delivered(
    connection: Connection, due: DueWebhook, told: Sequence[WebhookEvent], result: str
) -> None:
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
    connection: Connection, due: DueWebhook, result: str, delay_seconds: float, *, gone: bool
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


def release(connection: Connection, due: DueWebhook) -> None:
    """Give a webhook back."""
    connection.execute(
        "UPDATE webhooks SET lease_until = NULL, lease_token = NULL"
        " WHERE collection = %s AND lease_token = %s",
        (due.collection, due.token),
    )

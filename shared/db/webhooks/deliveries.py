"""Deliveries of webhooks: claim what is due, read its events, record the result.

A lease protects a delivery, so no transaction is open while a receiver answers.
"""

from typing import Any, LiteralString
from uuid import UUID, uuid4

from shared.db.kit.fetch import fetch_all
from shared.db.kit.pool import Connection
from shared.db.tables import WebhookRow
from shared.db.webhooks.webhooks import UNDELIVERED_EVENTS, UNDELIVERED_IMPORTS
from shared.domain.events.event import Position
from shared.domain.refs import Collection
from shared.domain.webhooks.delivery import (
    SLOW_SECONDS,
    DueWebhook,
    EndedImport,
    Slots,
    WebhookEvent,
)

_IS_FREE: LiteralString = """NOT w.paused AND w.next_attempt_at <= now()
      AND (w.lease_until IS NULL OR w.lease_until < now())"""
_IS_QUICK: LiteralString = f"w.failures = 0 AND coalesce(w.answer_seconds < {SLOW_SECONDS}, false)"
# The tenant with the fewest deliveries is next, so that nobody waits for another's receivers.
_CLAIM: LiteralString = f"""
WITH running AS MATERIALIZED (
    SELECT tenant_of(collection) AS tenant, count(*) AS count FROM webhooks
    WHERE lease_until >= now() GROUP BY 1
), waiting AS MATERIALIZED (
    SELECT w.collection, w.next_attempt_at, {_IS_QUICK} AS quick, tenant_of(collection) AS tenant
    FROM webhooks w WHERE {_IS_FREE} AND EXISTS (SELECT {UNDELIVERED_EVENTS})
    UNION
    SELECT w.collection, w.next_attempt_at, {_IS_QUICK}, tenant_of(collection)
    FROM webhooks w WHERE {_IS_FREE} AND EXISTS (SELECT {UNDELIVERED_IMPORTS})
), numbered AS (
    SELECT collection, next_attempt_at, quick, coalesce(running.count, 0)
        + row_number() OVER (PARTITION BY tenant, quick ORDER BY next_attempt_at) AS of_tenant
    FROM waiting LEFT JOIN running USING (tenant)
), turns AS (
    SELECT *, row_number() OVER (PARTITION BY quick ORDER BY of_tenant, next_attempt_at) AS turn
    FROM numbered WHERE quick OR of_tenant <= %(of_tenant)s
), due AS (
    SELECT w.collection FROM turns JOIN webhooks w USING (collection)
    WHERE {_IS_FREE}
      AND (turns.quick OR turns.turn <= %(not_quick)s)
    ORDER BY turns.of_tenant, turns.next_attempt_at
    LIMIT %(all)s FOR UPDATE OF w SKIP LOCKED
)
UPDATE webhooks w SET lease_until = now() + make_interval(secs => %(lease)s),
    lease_token = %(token)s
FROM due WHERE w.collection = due.collection
RETURNING w.*
"""
_NEXT: LiteralString = f"""
SELECT next.xid::text, next.seq, document_id, status, version, created_at
FROM (
    SELECT %(collection)s AS collection, %(xid)s::text::xid8 AS xid, %(seq)s::bigint AS seq
) AS w, LATERAL (
    (SELECT e.xid, e.seq, e.id AS document_id, e.status, e.version, e.created_at
    {UNDELIVERED_EVENTS} ORDER BY e.xid, e.seq LIMIT %(limit)s)
    UNION ALL
    (SELECT i.ended_xid, i.key, NULL, NULL, NULL, NULL
    {UNDELIVERED_IMPORTS} ORDER BY i.ended_xid, i.key LIMIT %(limit)s)
) AS next ORDER BY next.xid, next.seq LIMIT %(limit)s
"""
_DELIVERED: LiteralString = """
UPDATE webhooks SET xid = %(xid)s::text::xid8, seq = %(seq)s, failures = 0,
    result = %(result)s, answer_seconds = %(seconds)s,
    attempted_at = now(), delivered_at = now(),
    next_attempt_at = now(), lease_until = NULL, lease_token = NULL
WHERE collection = %(collection)s AND lease_token = %(token)s
"""
_FAILED: LiteralString = """
UPDATE webhooks SET failures = failures + 1, result = %(result)s, attempted_at = now(),
    next_attempt_at = now() + make_interval(secs => %(delay)s), paused = %(gone)s,
    lease_until = NULL, lease_token = NULL
WHERE collection = %(collection)s AND lease_token = %(token)s
"""
_RELEASE: LiteralString = """
UPDATE webhooks SET lease_until = NULL, lease_token = NULL
WHERE collection = %s AND lease_token = %s
"""


def claim(connection: Connection, slots: Slots, lease_seconds: float) -> list[DueWebhook]:
    """Lease webhooks that have undelivered events, each tenant's longest waiting first."""
    token = uuid4()
    parameters = {
        "all": slots.all,
        "not_quick": slots.not_quick,
        "of_tenant": slots.of_tenant,
        "lease": lease_seconds,
        "token": token,
    }
    return [_due(row, token) for row in fetch_all(connection, WebhookRow, _CLAIM, parameters)]


def _due(row: WebhookRow, token: UUID) -> DueWebhook:
    position = Position(int(row.xid), row.seq)
    quick = row.failures == 0 and (row.answer_seconds or SLOW_SECONDS) < SLOW_SECONDS
    return DueWebhook(
        Collection.of_key(row.collection),
        row.url,
        row.secret,
        position,
        row.failures,
        quick,
        token,
    )


def undelivered(
    connection: Connection, due: DueWebhook, limit: int
) -> list[WebhookEvent | EndedImport]:
    """Return the next events of a webhook, in order."""
    parameters = {
        "collection": due.collection,
        "xid": str(due.position.xid),
        "seq": due.position.seq,
        "limit": limit,
    }
    return fetch_all(connection, _event, _NEXT, parameters)


def _event(
    *,
    xid: str,
    seq: int,
    document_id: str | None,
    **of_document: Any,  # noqa: ANN401 - columns of any type
) -> WebhookEvent | EndedImport:
    position = Position(int(xid), seq)
    if document_id is None:
        return EndedImport(position, key=seq)
    return WebhookEvent(position, document_id, **of_document)


def delivered(
    connection: Connection,
    due: DueWebhook,
    last: Position,
    result: str,
    seconds: float,
) -> None:
    """Record that a receiver accepted the events up to `last` after `seconds`; end the lease.

    If another worker holds the lease by now, nothing changes.
    """
    parameters = {
        "xid": str(last.xid),
        "seq": last.seq,
        "result": result,
        "seconds": seconds,
        "collection": due.collection,
        "token": due.token,
    }
    connection.execute(_DELIVERED, parameters)


def failed(
    connection: Connection, due: DueWebhook, result: str, delay_seconds: float, *, gone: bool
) -> None:
    """Record a failed delivery, schedule the next one and end the lease.

    `gone` pauses the webhook: its receiver wants no more deliveries.
    """
    parameters = {
        "result": result,
        "delay": delay_seconds,
        "gone": gone,
        "collection": due.collection,
        "token": due.token,
    }
    connection.execute(_FAILED, parameters)


def release(connection: Connection, due: DueWebhook) -> None:
    """End the lease of a webhook that was not delivered."""
    connection.execute(_RELEASE, (due.collection, due.token))

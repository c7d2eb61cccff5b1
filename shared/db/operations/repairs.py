"""Repair what a restored dump or a clock that was set back leaves in the tables.

Transaction ids belong to a cluster. After a dump is restored into another one, events,
webhooks and imports may hold ids that no transaction there has reached. Nothing would follow them.
"""

from collections.abc import Sequence
from typing import Any, LiteralString

from shared.db.kit.fetch import fetch_value
from shared.db.kit.pool import Connection

ROWS = 50_000
"""A statement repairs at most this many jobs, so that it stays within its timeout."""

_LOCK: LiteralString = "SELECT pg_advisory_xact_lock(hashtext('inkdex restored events'))"
_REACHED: LiteralString = "pg_snapshot_xmax(pg_current_snapshot())"
_IS_RESTORED: LiteralString = f"""
SELECT EXISTS (SELECT FROM events WHERE xid >= {_REACHED})
    OR EXISTS (SELECT FROM webhooks WHERE xid > {_REACHED})
    OR EXISTS (SELECT FROM event_horizon WHERE xid >= {_REACHED})
"""
# The restored events get transaction id 0 and keep their numbers. So they come first, and events
# of this cluster follow, which have larger numbers. A webhook may receive an event again. Imports
# of which it has not been told yet end now, and it is told of no others.
_ADOPT: LiteralString = f"""
WITH restored AS MATERIALIZED (
    SELECT max(seq) AS seq FROM events WHERE xid >= {_REACHED}
), moved AS (
    UPDATE events SET xid = '0' FROM restored
    WHERE events.seq <= restored.seq AND events.xid <> '0'
), ended AS (
    UPDATE imports i SET ended_xid = CASE WHEN EXISTS (
        SELECT FROM webhooks w
        WHERE w.collection = i.collections[1] AND (i.ended_xid, i.key) > (w.xid, w.seq)
    ) THEN pg_current_xact_id() END
    WHERE i.ended_xid IS NOT NULL
), gone AS (
    DELETE FROM event_horizon WHERE xid >= {_REACHED}
)
UPDATE webhooks w SET xid = '0', seq = coalesce((
        SELECT min(e.seq) - 1 FROM events e
        WHERE e.collection = w.collection AND e.status IN ('ready', 'failed')
          AND (e.xid, e.seq) > (w.xid, w.seq) AND e.seq <= restored.seq
    ), restored.seq, 0), lease_until = NULL, lease_token = NULL
FROM restored WHERE restored.seq IS NOT NULL OR w.xid > {_REACHED}
"""
# SKIP LOCKED: a locked row is about to get new times.
_CORRECT_LATE_JOBS = """
WITH late AS (
    SELECT j.document_key, j.model_id
    FROM unnest(%(lanes)s::text[]) AS lanes (lane) CROSS JOIN embedding_models m
    CROSS JOIN LATERAL (
        SELECT document_key, model_id FROM jobs
        WHERE model_id = m.id AND lane = lanes.lane AND {late}
        LIMIT {rows} FOR UPDATE SKIP LOCKED
    ) AS j
)
UPDATE jobs j SET {change}
FROM late WHERE j.document_key = late.document_key AND j.model_id = late.model_id
"""
_DUE_JOBS: LiteralString = _CORRECT_LATE_JOBS.format(
    rows=ROWS,
    late="failed_at IS NULL AND available_at > now() + make_interval(secs => %(backoff)s)",
    change="available_at = now(), queued_at = least(j.queued_at, now())",
)
_END_LEASES: LiteralString = _CORRECT_LATE_JOBS.format(
    rows=ROWS,
    late="lease_until > now() + make_interval(secs => %(lease)s)",
    change="lease_until = now()",
)
_DUE_WEBHOOKS: LiteralString = """
WITH late AS (
    SELECT collection FROM webhooks
    WHERE next_attempt_at > now() + make_interval(secs => %(backoff)s)
       OR lease_until > now() + make_interval(secs => %(lease)s)
    FOR UPDATE SKIP LOCKED
)
UPDATE webhooks w SET next_attempt_at = least(w.next_attempt_at, now()),
    lease_until = least(w.lease_until, now())
FROM late WHERE w.collection = late.collection
"""


def adopt_restored_events(connection: Connection) -> bool:
    """Put events and webhooks of another cluster before all of this one; return if there were any.

    A webhook goes on with the first event that it has not received.
    """
    if not fetch_value(connection, _IS_RESTORED):
        return False
    with connection.transaction():
        connection.execute("SET LOCAL statement_timeout = 0")
        connection.execute(_LOCK)
        if not fetch_value(connection, _IS_RESTORED):
            return False
        connection.execute(_ADOPT)
    return True


def end_impossible_waits_of_jobs(
    connection: Connection, lanes: Sequence[str], backoff: float, lease: float
) -> int:
    """Make jobs due that wait for longer than any backoff or lease; return their number."""
    parameters: dict[str, Any] = {"lanes": list(lanes), "backoff": backoff, "lease": lease}
    statements = (_DUE_JOBS, _END_LEASES)
    return sum(connection.execute(each, parameters).rowcount for each in statements)


def end_impossible_waits_of_webhooks(connection: Connection, backoff: float, lease: float) -> int:
    """Make webhooks due that wait for longer than any backoff or lease; return their number."""
    return connection.execute(_DUE_WEBHOOKS, {"backoff": backoff, "lease": lease}).rowcount

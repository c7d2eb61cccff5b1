"""Delete events that are too old or too many, a batch at a time."""

from collections import Counter
from collections.abc import Mapping
from typing import Any, LiteralString

from shared.db.kit.fetch import fetch_one, fetch_value
from shared.db.kit.pool import Connection
from shared.domain.events.event import Position
from shared.domain.events.shares import surplus
from shared.domain.refs import Collection, Tenant

BATCH = 5000

_LOCK: LiteralString = "SELECT pg_try_advisory_xact_lock(hashtext('inkdex purge'))"
# Events are deleted by their time. Those of a restored database may have transaction ids that
# this server has not reached; they do not count as deleted for its readers.
_IS_LATER: LiteralString = """(excluded.xid, excluded.seq) > (h.xid, h.seq)
       OR h.xid >= pg_snapshot_xmax(pg_current_snapshot())"""
# What was deleted of a tenant shows to its readers alone.
_DELETE: LiteralString = f"""
, gone AS (
    DELETE FROM events e USING oldest o WHERE (e.xid, e.seq) = (o.xid, o.seq)
    RETURNING tenant_of(collection) AS tenant, e.xid, e.seq
), last AS (
    SELECT DISTINCT ON (tenant) tenant, xid, seq FROM gone
    WHERE xid < pg_snapshot_xmax(pg_current_snapshot())
    ORDER BY tenant, xid DESC, seq DESC
), horizon AS (
    INSERT INTO event_horizon AS h (xid, seq)
    SELECT xid, seq FROM last WHERE tenant = 'default'
    ON CONFLICT (singleton) DO UPDATE SET xid = excluded.xid, seq = excluded.seq
    WHERE {_IS_LATER}
), horizons AS (
    INSERT INTO tenant_event_horizons AS h (tenant, xid, seq)
    SELECT tenant, xid, seq FROM last WHERE tenant <> 'default'
    ON CONFLICT (tenant) DO UPDATE SET xid = excluded.xid, seq = excluded.seq
    WHERE {_IS_LATER}
)
SELECT count(*) FROM gone
"""
_PURGE: LiteralString = f"""
WITH oldest AS (
    SELECT xid, seq FROM (
        SELECT xid, seq, created_at FROM events ORDER BY created_at LIMIT %(batch)s
    ) AS first WHERE created_at < now() - make_interval(secs => %(seconds)s)
) {_DELETE}
"""
_OF_TENANT: LiteralString = """
SELECT xid, seq FROM events
WHERE tenant_of(collection) >= %(tenant)s AND tenant_of(collection) <= %(tenant)s
"""
_CUT: LiteralString = f"""
WITH oldest AS (
    {_OF_TENANT} AND (xid, seq) <= (%(xid)s::text::xid8, %(seq)s)
    ORDER BY tenant_of(collection), xid, seq LIMIT %(batch)s
) {_DELETE}
"""
_LAST_OF: LiteralString = f"""
SELECT xid::text, seq FROM ({_OF_TENANT}
    ORDER BY tenant_of(collection), xid, seq OFFSET %(events)s - 1 LIMIT 1
) AS last
"""
# The numbers have gaps, so there are fewer events than this.
_AT_MOST: LiteralString = """
SELECT coalesce((SELECT seq FROM events ORDER BY created_at DESC LIMIT 1)
    - (SELECT seq FROM events ORDER BY created_at LIMIT 1), 0)
"""
_COUNTS: LiteralString = "SELECT collection, count(*) AS events FROM events GROUP BY collection"


def purge(connection: Connection, keep_hours: float) -> int:
    """Delete up to BATCH of the events that are older than `keep_hours`; return how many.

    While another worker deletes, this one does not.
    """
    return _delete(connection, _PURGE, {"seconds": keep_hours * 3600})


def cut(connection: Connection, tenant: Tenant, last: Position) -> int:
    """Delete up to BATCH of a tenant's events up to a position; return how many."""
    parameters = {"tenant": tenant.name, "xid": str(last.xid), "seq": last.seq}
    return _delete(connection, _CUT, parameters)


def surplus_ends(connection: Connection, keep_rows: int) -> Mapping[Tenant, Position]:
    """Return the last event that is too many, of each tenant that has more than its share.

    The events are counted only if there may be more than `keep_rows`.
    """
    with connection.transaction():
        # While it has the lock nobody deletes, so the positions belong to the counts.
        if not fetch_value(connection, _LOCK) or fetch_value(connection, _AT_MOST) < keep_rows:
            return {}
        found = Counter[Tenant]()
        for row in connection.execute(_COUNTS):
            found[Collection.of_key(row["collection"]).tenant] += row["events"]
        return {
            tenant: _last_of(connection, tenant, each)
            for tenant, each in surplus(found, keep_rows).items()
        }


def _last_of(connection: Connection, tenant: Tenant, events: int) -> Position:
    """Return the position of the last one of a tenant's first events."""
    parameters = {"tenant": tenant.name, "events": events}
    return fetch_one(connection, _position, _LAST_OF, parameters)


def _position(*, xid: str, seq: int) -> Position:
    return Position(int(xid), seq)


def _delete(connection: Connection, statement: str, parameters: Mapping[str, Any]) -> int:
    with connection.transaction():
        if not fetch_value(connection, _LOCK):
            return 0
        return int(fetch_value(connection, statement, {**parameters, "batch": BATCH}))

"""Read the stream of events, in an order in which a reader misses none."""

from typing import LiteralString

from shared.db.kit.fetch import fetch_all_async, fetch_one_async, fetch_value_async
from shared.db.kit.pool import AsyncConnection, Connection
from shared.domain.events.event import Bounds, Event, Position
from shared.domain.refs import DocumentRef, Tenant

CHANNEL = "inkdex_changed"
"""The channel that is notified by each commit that ends jobs."""

# psycopg does not convert xid8, so positions are exchanged as text.
_END: LiteralString = "SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS xid"
_BOUNDS: LiteralString = """
SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS end_xid, h.xid::text AS gone_xid,
    h.seq AS gone_seq
FROM (SELECT) AS here LEFT JOIN (
    SELECT xid, seq FROM event_horizon WHERE %(tenant)s = 'default'
    UNION ALL SELECT xid, seq FROM tenant_event_horizons WHERE tenant = %(tenant)s
) AS h ON true
"""
# The order is that of the column, not that of the text with the same name.
# A transaction below the snapshot's xmin has ended, and so has each one before it. So no event
# can appear later at a position that was already read.
_EVENTS: LiteralString = """
SELECT e.xid::text, e.seq, e.collection, e.id AS document_id, e.status, e.version FROM events e
WHERE e.xid < pg_snapshot_xmin(pg_current_snapshot())
"""
_AFTER: LiteralString = f"""{_EVENTS}
AND (e.xid, e.seq) > (%s::text::xid8, %s) ORDER BY e.xid, e.seq LIMIT %s
"""
# The tenant is in the order too. Otherwise the primary key would serve, and read the events of all.
_OF_TENANT: LiteralString = f"""{_EVENTS}
AND (tenant_of(collection), e.xid, e.seq) > (%(tenant)s, %(xid)s::text::xid8, %(seq)s)
AND tenant_of(collection) <= %(tenant)s ORDER BY tenant_of(collection), e.xid, e.seq LIMIT %(limit)s
"""


def notify(connection: Connection) -> None:
    """Notify listeners of changed documents once the transaction commits."""
    connection.execute(f"NOTIFY {CHANNEL}")


async def end(connection: AsyncConnection) -> Position:
    """Return the position from which all events are new."""
    return Position(int(await fetch_value_async(connection, _END)), 0)


async def bounds(connection: AsyncConnection, tenant: Tenant) -> Bounds:
    """Return between which positions a tenant's events of this moment are."""
    return await fetch_one_async(connection, _bounds, _BOUNDS, {"tenant": tenant.name})


async def after(connection: AsyncConnection, position: Position, limit: int) -> list[Event]:
    """Return the next events of all tenants.

    Those of unfinished transactions, and later ones, are left out.
    """
    parameters = (str(position.xid), position.seq, limit)
    return await fetch_all_async(connection, _event, _AFTER, parameters)


async def of_tenant(
    connection: AsyncConnection, tenant: Tenant, position: Position, limit: int
) -> list[Event]:
    """Return the next events of one tenant."""
    parameters = {
        "tenant": tenant.name,
        "xid": str(position.xid),
        "seq": position.seq,
        "limit": limit,
    }
    return await fetch_all_async(connection, _event, _OF_TENANT, parameters)


def _bounds(*, end_xid: str, gone_xid: str | None, gone_seq: int | None) -> Bounds:
    gone = Position(int(gone_xid), gone_seq) if gone_xid and gone_seq is not None else None
    return Bounds(gone, Position(int(end_xid), 0))


def _event(
    *, xid: str, seq: int, collection: str, document_id: str, status: str, version: int
) -> Event:
    return Event(
        Position(int(xid), seq), DocumentRef.of_row(collection, document_id), status, version
    )

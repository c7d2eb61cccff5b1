"""Read the stream of events, in an order in which a reader misses none."""

from typing import LiteralString

from shared.db.kit.fetch import fetch_all_async, fetch_one_async
from shared.db.kit.pool import AsyncConnection, Connection
from shared.domain.events.event import Bounds, Event, Position
from shared.domain.refs import DocumentRef

CHANNEL = "inkdex_changed"
"""The channel that is notified by each commit that ends jobs."""

# psycopg does not convert xid8, so positions are exchanged as text.
_BOUNDS: LiteralString = """
SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS end_xid, h.xid::text AS gone_xid,
    h.seq AS gone_seq
FROM (SELECT) AS here LEFT JOIN event_horizon h ON true
"""
# A transaction below the snapshot's xmin has ended, and so has each one before it. So no event
# can appear later at a position that was already read.
_AFTER: LiteralString = """
SELECT xid::text, seq, collection, id AS document_id, status, version FROM events
WHERE (xid, seq) > (%s::text::xid8, %s) AND xid < pg_snapshot_xmin(pg_current_snapshot())
ORDER BY xid, seq LIMIT %s
"""


def notify(connection: Connection) -> None:
    """Notify listeners of changed documents once the transaction commits."""
    connection.execute(f"NOTIFY {CHANNEL}")


async def bounds(connection: AsyncConnection) -> Bounds:
    """Return between which positions the events of this moment are."""
    return await fetch_one_async(connection, _bounds, _BOUNDS)


async def after(connection: AsyncConnection, position: Position, limit: int) -> list[Event]:
    """Return the next events. Those of unfinished transactions, and later ones, are left out."""
    parameters = (str(position.xid), position.seq, limit)
    return await fetch_all_async(connection, _event, _AFTER, parameters)


def _bounds(*, end_xid: str, gone_xid: str | None, gone_seq: int | None) -> Bounds:
    gone = Position(int(gone_xid), gone_seq) if gone_xid and gone_seq is not None else None
    return Bounds(gone, Position(int(end_xid), 0))


def _event(
    *, xid: str, seq: int, collection: str, document_id: str, status: str, version: int
) -> Event:
    return Event(
        Position(int(xid), seq), DocumentRef.of_row(collection, document_id), status, version
    )

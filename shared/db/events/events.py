"""Read the stream of events, in an order in which a reader misses none."""

from typing import LiteralString

from shared.db.kit.fetch import fetch_all_async, fetch_value_async
from shared.db.kit.pool import AsyncConnection, Connection
from shared.domain.events.event import Event, Position
from shared.domain.refs import DocumentRef

CHANNEL = "inkdex_changed"
"""The channel that is notified by each commit that ends jobs."""

# psycopg does not convert xid8, so positions are exchanged as text.
_END: LiteralString = "SELECT pg_snapshot_xmin(pg_current_snapshot())::text"
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


async def end(connection: AsyncConnection) -> Position:
    """Return the position from which a reader gets new events only."""
    return Position(int(await fetch_value_async(connection, _END)), 0)


async def after(connection: AsyncConnection, position: Position, limit: int) -> list[Event]:
    """Return the next events. Those of unfinished transactions, and later ones, are left out."""
    parameters = (str(position.xid), position.seq, limit)
    return await fetch_all_async(connection, _event, _AFTER, parameters)


def _event(
    *, xid: str, seq: int, collection: str, document_id: str, status: str, version: int
) -> Event:
    return Event(Position(int(xid), seq), DocumentRef(collection, document_id), status, version)

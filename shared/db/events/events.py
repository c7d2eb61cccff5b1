"""The stream of changes that listeners hear, in an order in which none can be missed."""

from shared.db.kit.pool import AsyncConnection, Connection
from shared.domain.events.event import Event, Position
from shared.domain.refs import DocumentRef

CHANNEL = "inkdex_changed"
"""Each commit that ends jobs notifies this channel."""


def notify(connection: Connection) -> None:
    """Tell all listeners, once the transaction commits, that documents changed."""
    connection.execute(f"NOTIFY {CHANNEL}")


async def end(connection: AsyncConnection) -> Position:
    """Return the position from which only what happens from now on is read."""
    cursor = await connection.execute("SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS xid")
    row = await cursor.fetchone()
    assert row is not None
    return Position(int(row["xid"]), 0)


async def after(connection: AsyncConnection, position: Position, limit: int) -> list[Event]:
    """Return the next events, none of a transaction that an unfinished one could precede."""
    cursor = await connection.execute(
        """
        SELECT xid::text, seq, collection, id, status, version FROM events
        WHERE (xid, seq) > (%s::text::xid8, %s) AND xid < pg_snapshot_xmin(pg_current_snapshot())
        ORDER BY xid, seq LIMIT %s
        """,
        (str(position.xid), position.seq, limit),
    )
    return [
        Event(
            Position(int(row["xid"]), row["seq"]),
            DocumentRef(row["collection"], row["id"]),
            row["status"],
            row["version"],
        )
        for row in await cursor.fetchall()
    ]

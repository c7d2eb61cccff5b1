"""How far a primary and its replicas are."""

from typing import LiteralString

from shared.db.kit.pool import AsyncConnection
from shared.domain.position import Position

# Also with synchronous_commit = off, the insert position is behind all that was committed.
_WRITTEN: LiteralString = "SELECT pg_current_wal_insert_lsn()::text AS position"
_REPLAYED: LiteralString = """
SELECT CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn()::text END AS position
"""


async def written(connection: AsyncConnection) -> Position:
    """Return a position behind everything that is committed. Only a primary answers."""
    row = await (await connection.execute(_WRITTEN)).fetchone()
    assert row is not None, "the statement always returns a row"
    return Position.parse(row["position"])


async def replayed(connection: AsyncConnection) -> Position | None:
    """Return up to where a replica shows the primary's changes; None if it is no replica."""
    row = await (await connection.execute(_REPLAYED)).fetchone()
    return Position.parse(row["position"]) if row and row["position"] else None

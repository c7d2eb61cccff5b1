"""How far a primary and its replicas are."""

from dataclasses import dataclass
from typing import LiteralString

from shared.db.kit.identity import identity
from shared.db.kit.pool import AsyncConnection
from shared.domain.position import Position

# What others see is flushed, unless commits do not wait for that. The insert position may lie in
# the header of a page without content, which no replica reaches.
_WRITTEN: LiteralString = """
SELECT (CASE current_setting('synchronous_commit')
    WHEN 'off' THEN pg_current_wal_insert_lsn() ELSE pg_current_wal_flush_lsn()
END)::text AS position
"""
_REPLAYED: LiteralString = """
SELECT CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn()::text END AS position
"""


@dataclass(frozen=True, slots=True)
class Standing:
    """Which database a server has, and up to where it shows the primary's changes.

    `replayed` is None if it is no replica.
    """

    identity: bytes
    replayed: Position | None


async def written(connection: AsyncConnection) -> Position:
    """Return a position behind everything that is committed. Only a primary answers."""
    row = await (await connection.execute(_WRITTEN)).fetchone()
    assert row is not None, "the statement always returns a row"
    return Position.parse(row["position"])


async def standing(connection: AsyncConnection) -> Standing:
    """Return the standing of a server."""
    return Standing(await identity(connection), await replayed(connection))


async def replayed(connection: AsyncConnection) -> Position | None:
    """Return up to where a server shows the primary's changes, or None if it is no replica."""
    row = await (await connection.execute(_REPLAYED)).fetchone()
    return Position.parse(row["position"]) if row and row["position"] else None

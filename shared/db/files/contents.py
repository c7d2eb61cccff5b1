"""The bytes of files, in pieces of at most PIECE_BYTES."""

from typing import LiteralString

from shared.db.kit.fetch import fetch_value_async
from shared.db.kit.pool import AsyncConnection

_BEGIN: LiteralString = "INSERT INTO file_contents DEFAULT VALUES RETURNING key"
_ADD: LiteralString = "INSERT INTO file_pieces (content_key, number, data) VALUES (%s, %s, %b)"
_READ: LiteralString = "SELECT data FROM file_pieces WHERE content_key = %s AND number = %s"
_DISCARD: LiteralString = """
DELETE FROM file_contents c WHERE c.key = ANY(%s::bigint[])
  AND NOT EXISTS (SELECT FROM files f WHERE f.content_key = c.key)
"""
# Uploads take less than a day. One at a time, because a file may have hundreds of pieces.
_PURGE: LiteralString = """
DELETE FROM file_contents WHERE key = (
    SELECT c.key FROM file_contents c
    WHERE c.created_at < now() - interval '1 day'
      AND NOT EXISTS (SELECT FROM files f WHERE f.content_key = c.key)
    ORDER BY c.key LIMIT 1 FOR UPDATE SKIP LOCKED
)
"""


async def begin(connection: AsyncConnection) -> int:
    """Return the key of a new content without pieces."""
    key: int = await fetch_value_async(connection, _BEGIN)
    return key


async def add_piece(
    connection: AsyncConnection, content_key: int, number: int, piece: bytes
) -> None:
    await connection.execute(_ADD, (content_key, number, piece))


async def read_piece(connection: AsyncConnection, content_key: int, number: int) -> bytes | None:
    """Return a piece, or None behind the last one."""
    found: bytes | None = await fetch_value_async(connection, _READ, (content_key, number))
    return found


async def discard(connection: AsyncConnection, content_keys: list[int]) -> None:
    """Delete contents that no file has."""
    await connection.execute(_DISCARD, (content_keys,))


async def purge(connection: AsyncConnection) -> bool:
    """Delete an old content that no file has, which an upload left behind; return if one was."""
    return (await connection.execute(_PURGE)).rowcount > 0

"""The databases of a server, and whether they have room for writes."""

from typing import LiteralString

from psycopg import sql

from shared.db.kit.fetch import fetch_value, fetch_value_async
from shared.db.kit.pool import AsyncConnection, Connection
from shared.domain.database_errors import REFUSALS
from shared.domain.reasons import WriteRefusal

# The rows do not fit into the memory, so PostgreSQL writes 8 MB to a temporary file. It raises
# StorageFull if they do not fit on the disk. Nothing is stored and no row is touched.
_LITTLE_MEMORY: LiteralString = "SET LOCAL work_mem = '64kB'"
_ROOM: LiteralString = """
WITH filling AS MATERIALIZED (SELECT repeat('x', 8000) FROM generate_series(1, 1000))
SELECT CASE WHEN current_setting('inkdex.disk_full', true) = 'on' THEN 'disk_full'
    WHEN current_setting('transaction_read_only') = 'on' THEN 'read_only' END
FROM (SELECT count(*) FROM filling) AS filled
"""


def create(connection: Connection, name: str) -> None:
    """Create a database unless it exists. The connection must be in autocommit mode."""
    query = "SELECT 1 FROM pg_database WHERE datname = %s"
    if connection.execute(query, (name,)).fetchone() is None:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))


def check_room(connection: Connection) -> None:
    """Raise WritesRefused if the disk is full or the database is read-only."""
    with connection.transaction():
        connection.execute(_LITTLE_MEMORY)
        _raise_refusal(fetch_value(connection, _ROOM))


async def check_room_async(connection: AsyncConnection) -> None:
    """Raise WritesRefused if the disk is full or the database is read-only."""
    async with connection.transaction():
        await connection.execute(_LITTLE_MEMORY)
        _raise_refusal(await fetch_value_async(connection, _ROOM))


def _raise_refusal(reason: str | None) -> None:
    if reason is not None:
        raise REFUSALS[WriteRefusal(reason)]

"""What tells a database from all others, in this cluster and elsewhere."""

from shared.db.kit.pool import AsyncConnection

_STATEMENT = """
SELECT int8send(s.system_identifier) || int8send(d.oid::bigint) AS identity
FROM pg_control_system() s, pg_database d WHERE d.datname = current_database()
"""


async def identity(connection: AsyncConnection) -> bytes:
    """Return 16 bytes that only this database has."""
    row = await (await connection.execute(_STATEMENT)).fetchone()
    assert row is not None, "the statement always returns a row"
    return bytes(row["identity"])

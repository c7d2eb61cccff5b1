"""Random keys that all processes of the server share. The first one that needs a key makes it."""

import os
from dataclasses import dataclass
from typing import LiteralString

from shared.db.kit.fetch import fetch_optional, fetch_optional_async
from shared.db.kit.pool import AsyncConnection, Connection

SEALING = "sealing"
SECRET_BYTES = 64

_READ: LiteralString = """
SELECT value, extract(epoch FROM now() - created_at)::float8 AS age_seconds
FROM server_secrets WHERE name = %s
"""
_MAKE: LiteralString = """
INSERT INTO server_secrets (name, value) VALUES (%s, %s) ON CONFLICT DO NOTHING
"""


@dataclass(frozen=True, slots=True)
class Secret:
    """Random bytes, and how long ago they were made."""

    value: bytes
    age_seconds: float


async def read(connection: AsyncConnection, name: str) -> Secret:
    """Return the secret of a name, of SECRET_BYTES. Only the first one who asks writes."""
    found = await fetch_optional_async(connection, Secret, _READ, (name,))
    if found is None:
        await connection.execute(_MAKE, (name, os.urandom(SECRET_BYTES)))
        # Another process may have been first, and its value counts.
        found = await fetch_optional_async(connection, Secret, _READ, (name,))
    assert found is not None, "the secret was stored"
    return found


def read_in_worker(connection: Connection, name: str) -> Secret:
    """Do the same in a worker's thread."""
    found = fetch_optional(connection, Secret, _READ, (name,))
    if found is None:
        connection.execute(_MAKE, (name, os.urandom(SECRET_BYTES)))
        found = fetch_optional(connection, Secret, _READ, (name,))
    assert found is not None, "the secret was stored"
    return found

"""List collections."""

from shared.db.kit.pool import AsyncConnection

# PostgreSQL would read the whole index for SELECT DISTINCT. This reads one entry per collection.
_NAMES = """
WITH RECURSIVE collections AS (
    SELECT min(collection) AS name, 1 AS number FROM documents
    UNION ALL
    SELECT (SELECT min(collection) FROM documents WHERE collection > c.name), number + 1
    FROM collections c WHERE c.name IS NOT NULL AND number < %s
)
SELECT name FROM collections WHERE name IS NOT NULL
"""


async def names(connection: AsyncConnection, limit: int) -> list[str]:
    """Return the first collections in alphabetical order."""
    cursor = await connection.execute(_NAMES, (limit,))
    return [row["name"] for row in await cursor.fetchall()]

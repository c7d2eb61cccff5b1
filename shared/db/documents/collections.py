"""Which collections there are."""

from shared.db.kit.pool import AsyncConnection


async def names(connection: AsyncConnection, limit: int) -> list[str]:
    """Return the first collections by name, hopping along the index from one to the next."""
    cursor = await connection.execute(
        """
        WITH RECURSIVE hop AS (
            SELECT min(collection) AS name, 1 AS place FROM documents
            UNION ALL
            SELECT (SELECT min(collection) FROM documents WHERE collection > hop.name), place + 1
            FROM hop WHERE hop.name IS NOT NULL AND place < %s
        )
        SELECT name FROM hop WHERE name IS NOT NULL
        """,
        (limit,),
    )
    return [row["name"] for row in await cursor.fetchall()]

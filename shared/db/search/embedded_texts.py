"""Which texts the vectors of documents were made of."""

from collections.abc import Sequence

from psycopg.rows import tuple_row

from shared.db.kit.pool import AsyncConnection

_STATEMENT = """
SELECT document_key, content_hash FROM embeddings
WHERE document_key = ANY(%(keys)s::bigint[]) AND model_id = %(model)s
"""


async def hashes(
    connection: AsyncConnection, model_id: int, keys: Sequence[int]
) -> dict[int, bytes]:
    """Return the hash of the text of each document that has vectors."""
    cursor = connection.cursor(row_factory=tuple_row, binary=True)
    await cursor.execute(_STATEMENT, {"keys": keys, "model": model_id})
    return dict(await cursor.fetchall())

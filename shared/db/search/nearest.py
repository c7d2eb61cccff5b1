"""The nearest chunks by meaning, as CTEs of the candidates' statement."""

from collections.abc import Sequence
from typing import LiteralString

from shared.db.kit.pool import AsyncConnection
from shared.domain.embedding.vectors import Vector
from shared.domain.search.query import QueryVector

NONE: LiteralString = """semantic AS (
    SELECT NULL::bigint AS key, NULL::int AS start_offset, NULL::int AS end_offset,
        NULL::float8 AS distance, NULL::bigint AS rank WHERE false
)"""

# The nearest chunk stands for its document.
_NEAREST: LiteralString = """nearest_chunks AS (
    {chunks}
), semantic AS MATERIALIZED (
    SELECT document_key AS key, start_offset, end_offset, distance,
        row_number() OVER (ORDER BY distance, document_key) AS rank
    FROM (SELECT DISTINCT ON (document_key) * FROM nearest_chunks
          ORDER BY document_key, distance, start_offset) AS nearest
)"""
_BY_INDEX: LiteralString = """SELECT c.document_key, c.start_offset, c.end_offset,
        {distance} AS distance
    FROM chunks c JOIN documents d ON d.key = c.document_key
    WHERE c.model_id = {model} AND {scope}
    ORDER BY {distance} LIMIT {candidates}"""
_EXACT: LiteralString = """SELECT c.document_key, c.start_offset, c.end_offset,
        {distance} AS distance
    FROM in_scope, LATERAL (
        -- OFFSET 0 makes the planner look up the chunks of each document.
        SELECT * FROM chunks WHERE document_key = in_scope.key AND model_id = {model} OFFSET 0
    ) AS c"""


_VECTORS: LiteralString = """
SELECT c.embedding::real[] AS vector
FROM unnest(%(keys)s::bigint[], %(starts)s::int[]) WITH ORDINALITY AS w (key, start_offset, place)
JOIN chunks c ON c.document_key = w.key AND c.model_id = %(model)s
    AND c.start_offset = w.start_offset
ORDER BY w.place
"""


async def vectors(
    connection: AsyncConnection, model_id: int, places: Sequence[tuple[int, int]]
) -> list[Vector]:
    """Return the vectors of chunks, each given by its document's key and its start."""
    keys, starts = [key for key, _ in places], [start for _, start in places]
    values = {"keys": keys, "starts": starts, "model": model_id}
    cursor = await connection.execute(_VECTORS, values)
    return [row["vector"] for row in await cursor.fetchall()]


def by_index(vector: QueryVector, scope: str, candidates: int) -> str:
    """Return the CTEs that end in `semantic`, for documents `d` that meet `scope`."""
    return _filled(_BY_INDEX, vector, scope, candidates)


def exact(vector: QueryVector) -> str:
    """Return the CTEs that end in `semantic`. They compare all chunks of `in_scope`."""
    return _filled(_EXACT, vector)


def _filled(chunks: str, vector: QueryVector, scope: str = "", candidates: int = 0) -> str:
    # The model's id and its dimensions are literals. The vector index has both in its definition,
    # so a generic plan could not use the index if they were parameters. With a parameter for the
    # number of candidates, the planner would expect a tenth of all chunks.
    distance = f"c.embedding::halfvec({vector.dimensions:d}) <=> %(vector)s::halfvec"
    found = chunks.format(
        distance=distance, model=vector.model_id, scope=scope, candidates=candidates
    )
    return _NEAREST.format(chunks=found)

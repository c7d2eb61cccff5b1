"""How similar random chunks of a model are, from a small sample that is the same every time."""

from typing import LiteralString

from shared.db.kit.pool import AsyncConnection
from shared.domain.search.relevance import SimilarityScale

DOCUMENTS = 64
PAIRS_MIN = 10
NEAR_COPY = 0.9
"""Pairs that are more similar are not random: one is a copy of the other."""

# The documents are spread evenly over the keys of those that the model has embedded, and found by
# the index.
SAMPLE: LiteralString = f"""sample AS MATERIALIZED (
    SELECT DISTINCT ON (c.document_key) c.document_key, c.embedding
    FROM (
        SELECT min(document_key) AS first, max(document_key) AS last
        FROM embeddings WHERE model_id = %(model)s
    ) AS keys, generate_series(0, {DOCUMENTS - 1}) AS step, LATERAL (
        SELECT document_key FROM embeddings
        WHERE document_key >= first + (last - first) * step / {DOCUMENTS}
          AND model_id = %(model)s
        ORDER BY document_key LIMIT 1
    ) AS e, LATERAL (
        SELECT document_key, embedding FROM chunks
        WHERE document_key = e.document_key AND model_id = %(model)s
        ORDER BY start_offset LIMIT 1
    ) AS c
)"""
"""The first chunks of up to DOCUMENTS documents of a `model`: `document_key` and `embedding`."""
_SCALE: LiteralString = f"""
WITH {SAMPLE}
SELECT avg(similarity) AS mean, stddev_samp(similarity) AS deviation, count(*) AS pairs
FROM (
    SELECT 1 - (a.embedding <=> b.embedding) AS similarity
    FROM sample a JOIN sample b ON a.document_key < b.document_key
) AS compared WHERE similarity < {NEAR_COPY}
"""


async def similarity_scale(connection: AsyncConnection, model_id: int) -> SimilarityScale | None:
    """Return the scale of a model's similarities, or None if it has too few documents."""
    cursor = await connection.execute(_SCALE, {"model": model_id})
    row = await cursor.fetchone()
    if row is None or row["pairs"] < PAIRS_MIN:
        return None
    return SimilarityScale(row["mean"], row["deviation"])

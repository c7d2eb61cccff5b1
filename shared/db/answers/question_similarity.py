"""How similar questions are to random chunks of a model, from a small sample."""

import asyncio
from collections.abc import Sequence
from typing import LiteralString

from shared.db.kit.pool import AsyncConnection
from shared.db.kit.vectors import vector_literal
from shared.db.search.similarity_sample import SAMPLE
from shared.domain.embedding.vectors import Vector
from shared.domain.search.relevance import SimilarityScale

# The quantiles ignore the few questions that some of the documents are about. Half of the values of
# a normal distribution lie below its mean, and 84% below one deviation above it.
_SCALES: LiteralString = f"""
WITH {SAMPLE}
SELECT language, quantiles[1] AS median, quantiles[2] - quantiles[1] AS deviation
FROM (
    SELECT q.language, percentile_cont('{{0.5, 0.84}}'::float8[])
        WITHIN GROUP (ORDER BY 1 - (s.embedding <=> q.vector::halfvec)) AS quantiles
    FROM sample s CROSS JOIN unnest(%(languages)s::text[], %(vectors)s::text[])
        AS q (language, vector)
    GROUP BY q.language
) AS measured
"""


async def scales(
    connection: AsyncConnection, model_id: int, questions: Sequence[tuple[str, Vector]]
) -> dict[str, SimilarityScale]:
    """Return the scale of the questions of each language, whose mean is the median.

    There is none without chunks.
    """
    languages = [language for language, _ in questions]
    # Writing many long vectors takes longer than the event loop may stand still.
    vectors = await asyncio.to_thread(lambda: [vector_literal(each) for _, each in questions])
    values = {"model": model_id, "languages": languages, "vectors": vectors}
    cursor = await connection.execute(_SCALES, values)
    rows = await cursor.fetchall()
    return {row["language"]: SimilarityScale(row["median"], row["deviation"]) for row in rows}

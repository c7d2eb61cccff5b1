"""The statement that reads the documents of a page of hits, with the passages to quote from.

docs/sql shows it written out, with example values.
"""

from collections.abc import Sequence
from typing import Any, LiteralString

from shared.db.documents.document_rows import STATE_JOINS, STATUS
from shared.db.kit.pool import AsyncConnection
from shared.db.search import passages
from shared.domain.refs import DocumentRef
from shared.domain.search.fusion import Ranked
from shared.domain.search.query import Hit, Nearest, Passage

# The offsets of a chunk are valid only in the text that was embedded.
STATEMENT: LiteralString = f"""
SELECT d.key, d.id, d.collection, d.title, d.metadata, {STATUS} AS status,
    d.version, d.updated_at, t.language, passage.text AS passage, passage.start AS passage_start,
    passage.is_start, passage.is_end,
    CASE WHEN e.content_hash = d.content_hash THEN f.start_offset END AS start_offset,
    CASE WHEN e.content_hash = d.content_hash THEN f.end_offset END AS end_offset,
    e.chunks, e.version AS embedded_version
FROM unnest(
    %(keys)s::bigint[], %(starts)s::int[], %(ends)s::int[], %(by_words)s::bool[]
) WITH ORDINALITY AS f (key, start_offset, end_offset, by_words, place)
JOIN documents d ON d.key = f.key
JOIN document_texts t ON t.document_key = d.key
{STATE_JOINS}
CROSS JOIN {passages.PASSAGE}
ORDER BY f.place
"""


async def read(connection: AsyncConnection, page: Sequence[Ranked]) -> list[Hit]:
    """Return the hits of a page. A document that was deleted meanwhile is left out."""
    cursor = await connection.execute(STATEMENT, parameters(page))
    by_key = {each.key: each for each in page}
    return [_hit(row, by_key[row["key"]]) for row in await cursor.fetchall()]


def parameters(page: Sequence[Ranked]) -> dict[str, Any]:
    """Return the statement's parameters."""
    return {
        "keys": [each.key for each in page],
        "starts": [each.start for each in page],
        "ends": [each.end for each in page],
        "by_words": [each.word_score is not None for each in page],
        "hits": len(page),
    }


def _hit(row: dict[str, Any], ranked: Ranked) -> Hit:
    return Hit(
        ref=DocumentRef.of_row(row["collection"], row["id"]),
        title=row["title"],
        metadata=row["metadata"],
        status=row["status"],
        version=row["version"],
        updated_at=row["updated_at"],
        ranked=ranked,
        passage=_passage(row),
        nearest=_nearest(row, ranked.similarity),
    )


def _passage(row: dict[str, Any]) -> Passage:
    return Passage(
        row["passage"], row["language"], row["is_start"], row["is_end"], row["passage_start"]
    )


def _nearest(row: dict[str, Any], similarity: float | None) -> Nearest | None:
    if similarity is None or row["chunks"] is None:
        return None
    return Nearest(
        similarity,
        row["start_offset"],
        row["end_offset"],
        row["chunks"],
        row["embedded_version"],
    )

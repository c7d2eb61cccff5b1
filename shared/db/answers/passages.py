"""Reads the passages of documents that a search found: the best chunks, and what surrounds them.

docs/sql shows both statements written out, with example values.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, LiteralString

from shared.db.documents.document_rows import STATE_JOINS
from shared.db.kit.fetch import fetch_all_async
from shared.db.kit.pool import AsyncConnection
from shared.db.kit.vectors import vector_literal
from shared.domain.answers.places import Chunk, Place
from shared.domain.answers.sources import SourceDocument
from shared.domain.files.locations import LocationMap
from shared.domain.refs import DocumentRef
from shared.domain.search.query import QueryVector

CHUNKS_MAX = 3
"""So many chunks of a document that are nearest to the question."""
HEADINGS_CHARACTERS = 4000
"""Headings are looked for in so much text before a passage."""

# The chunks of a text that was edited since are not read: their offsets are no longer valid.
CHUNKS: LiteralString = f"""
SELECT f.key, d.content_hash, c.*
FROM unnest(%(keys)s::bigint[], %(word_places)s::int[]) AS f (key, word_place)
JOIN documents d ON d.key = f.key
{STATE_JOINS}
LEFT JOIN unnest(%(models)s::int[], %(vectors)s::halfvec[]) AS q (model_id, vector)
    ON q.model_id = m.id
CROSS JOIN LATERAL (
    SELECT start_offset AS start, end_offset AS end, similarity, has_word,
        before_start, before_end, after_start, after_end
    FROM (
        SELECT start_offset, end_offset, 1 - (embedding <=> q.vector) AS similarity,
            coalesce(f.word_place BETWEEN start_offset AND end_offset - 1, false) AS has_word,
            lag(start_offset) OVER in_order AS before_start,
            lag(end_offset) OVER in_order AS before_end,
            lead(start_offset) OVER in_order AS after_start,
            lead(end_offset) OVER in_order AS after_end
        FROM chunks
        WHERE document_key = d.key AND model_id = m.id AND e.content_hash = d.content_hash
        WINDOW in_order AS (ORDER BY start_offset, end_offset)
    ) AS each
    ORDER BY has_word DESC, similarity DESC NULLS LAST, start_offset
    LIMIT {CHUNKS_MAX}
) AS c
"""

# The pages of a file that a passage is on, by where they begin.
_FIRST: LiteralString = "greatest(width_bucket(f.start, l.offsets), 1)"
_LAST: LiteralString = 'width_bucket(f."end", l.offsets)'
# OFFSET 0 keeps the planner from decompressing a content once for each of its passages.
TEXTS: LiteralString = f"""
SELECT d.key, d.collection, d.id, d.version, d.content_hash, d.title, f.start, f."end",
    substr(d.whole, f.start + 1, f."end" - f.start) AS text,
    substr(d.whole, greatest(f.start - {HEADINGS_CHARACTERS}, 0) + 1,
        least(f.start, {HEADINGS_CHARACTERS})) AS lead,
    l.unit, l.offsets[{_FIRST}:{_LAST}] AS offsets, l.numbers[{_FIRST}:{_LAST}] AS numbers
FROM (
    SELECT key, collection, id, version, content_hash, title, content || '' AS whole
    FROM documents WHERE key = ANY(%(documents)s::bigint[]) OFFSET 0
) AS d
JOIN unnest(%(keys)s::bigint[], %(starts)s::int[], %(ends)s::int[]) WITH ORDINALITY
    AS f (key, start, "end", place) ON f.key = d.key
LEFT JOIN document_locations l ON l.document_key = d.key AND l.content_hash = d.content_hash
ORDER BY f.place
"""


@dataclass(frozen=True, slots=True)
class ReadText:
    """A part of a document as it is now, and the text before it."""

    document: SourceDocument
    start: int
    end: int
    text: str
    lead: str
    locations: LocationMap | None = None


async def chunks(
    connection: AsyncConnection,
    word_places: Mapping[int, int | None],
    vectors: Sequence[QueryVector],
) -> list[Chunk]:
    """Return the best chunks of documents: the one with the rarest words, and the nearest.

    `word_places` has, by the document's key, where in the content the query's words are.
    """
    parameters = parameters_of_chunks(word_places, vectors)
    return await fetch_all_async(connection, _chunk, CHUNKS, parameters)


async def texts(connection: AsyncConnection, places: Sequence[Place]) -> list[ReadText]:
    """Return the texts of places, in their order. Deleted documents are left out."""
    parameters = parameters_of_texts(places)
    return await fetch_all_async(connection, _read_text, TEXTS, parameters)


def parameters_of_chunks(
    word_places: Mapping[int, int | None], vectors: Sequence[QueryVector]
) -> dict[str, Any]:
    """Return the parameters of CHUNKS."""
    return {
        "keys": list(word_places),
        "word_places": list(word_places.values()),
        "models": [each.model_id for each in vectors],
        "vectors": [vector_literal(each.vector) for each in vectors],
    }


def parameters_of_texts(places: Sequence[Place]) -> dict[str, Any]:
    """Return the parameters of TEXTS."""
    return {
        "documents": sorted({each.key for each in places}),
        "keys": [each.key for each in places],
        "starts": [each.start for each in places],
        "ends": [each.end for each in places],
    }


def _chunk(
    *,
    key: int,
    content_hash: bytes,
    start: int,
    end: int,
    similarity: float | None,
    has_word: bool,
    **spans: int | None,
) -> Chunk:
    before = _span(spans["before_start"], spans["before_end"])
    after = _span(spans["after_start"], spans["after_end"])
    return Chunk(key, bytes(content_hash), start, end, similarity, has_word, before, after)


def _span(start: int | None, end: int | None) -> tuple[int, int] | None:
    return None if start is None or end is None else (start, end)


def _read_text(**row: Any) -> ReadText:  # noqa: ANN401 - the columns
    document = SourceDocument(
        row["key"],
        DocumentRef.of_row(row["collection"], row["id"]),
        row["version"],
        bytes(row["content_hash"]),
        row["title"],
    )
    locations = row["unit"] and LocationMap(row["unit"], row["offsets"], row["numbers"])
    return ReadText(document, row["start"], row["end"], row["text"], row["lead"], locations)

"""Search in one statement: the nearest vectors and the best text, fused by reciprocal rank."""

import secrets
from dataclasses import dataclass
from typing import Any, LiteralString

from shared.db.documents.document_rows import STATE_JOINS, STATUS
from shared.db.kit.pool import AsyncConnection
from shared.db.kit.vectors import vector_literal
from shared.db.search import scope_conditions, snippets, text_ranking
from shared.domain.refs import DocumentRef
from shared.domain.search.query import Hit, HitPage, Nearest, Query, QueryVector
from shared.domain.search.scope import Scope

FUSION_K = 10
FILTERED_TIMES = 5


@dataclass(frozen=True, slots=True)
class SearchTier:
    """How far a search goes.

    Where no more than `exact_max` documents are in reach, all their vectors are compared, else
    the index gives `candidates` chunks. Of a filter FILTERED_TIMES as many are compared: to
    follow the index past what it rejects takes longer. A word that more than `common` documents
    hold is not looked up by itself.
    """

    candidates: int
    exact_max: int
    common: int


EVERYTHING = 2**31 - 2
SEARCH_TIERS = (
    SearchTier(100, 2000, 50_000),
    SearchTier(2000, 20_000, EVERYTHING),
    SearchTier(2000, EVERYTHING, EVERYTHING),
)
"""A search that could not fill its page is made again with the next."""


# To plan anew takes about as long as to search. And the more chunks an index holds, the more
# candidates it takes to find as many of the nearest: of ten at 100,000 chunks 120 find all, at a
# million 9.0, and the 259 of the cube root 9.9. How many there are is the planner's estimate.
PREPARE: LiteralString = """
SELECT set_config('plan_cache_mode', 'force_generic_plan', true),
    set_config('hnsw.ef_search', least(1000, ceil(
        current_setting('hnsw.ef_search')::integer * greatest(1, cbrt(reltuples / 100000.0))
    ))::text, true)
FROM pg_class WHERE oid = 'chunks'::regclass
"""


async def search(connection: AsyncConnection, query: Query, scope: Scope) -> HitPage:
    """Return the best documents in `scope`."""
    mark = secrets.token_hex(8)
    statement = _statement(query.vector, query.by_words, scope)
    for effort in SEARCH_TIERS:
        rows = await _fetch(connection, statement, _parameters(query, scope, effort, mark))
        hits = [_hit(row) for row in rows if row["id"] is not None]
        is_all = rows[0]["few"] or (query.vector is None and not rows[0]["passed_over"])
        if len(hits) == query.limit or is_all:
            break
    return HitPage(hits, f"<{mark}>", f"</{mark}>")


async def _fetch(
    connection: AsyncConnection, statement: str, parameters: dict[str, Any]
) -> list[dict[str, Any]]:
    """Run the statement, prepared for this transaction, in one round trip."""
    async with connection.pipeline(), connection.transaction():
        await connection.execute(PREPARE)
        cursor = await connection.execute(statement, parameters)
    return await cursor.fetchall()


def _hit(row: dict[str, Any]) -> Hit:
    return Hit(
        ref=DocumentRef(row["collection"], row["id"]),
        title=row["title"],
        metadata=row["metadata"],
        status=row["status"],
        score=row["score"],
        semantic_rank=row["semantic_rank"],
        text_rank=row["text_rank"],
        snippet=row["snippet"],
        nearest=_nearest(row),
    )


def _nearest(row: dict[str, Any]) -> Nearest | None:
    if row["distance"] is None or row["chunks"] is None:
        return None
    return Nearest(
        1 - row["distance"],
        row["start_offset"],
        row["end_offset"],
        row["chunks"],
        row["embedded_version"],
    )


def _parameters(query: Query, scope: Scope, effort: SearchTier, mark: str) -> dict[str, Any]:
    return scope_conditions.parameters(scope) | {
        "query": query.text,
        "vector": vector_literal(query.vector.vector) if query.vector else None,
        "limit": query.limit,
        "offset": query.offset,
        "wanted": query.wanted,
        "candidates": max(effort.candidates, query.wanted),
        "exact_max": min(
            EVERYTHING, effort.exact_max * (FILTERED_TIMES if scope.conditions else 1)
        ),
        "common": effort.common,
        "marks": f"StartSel=<{mark}>, StopSel=</{mark}>, {snippets.HEADLINE}",
    }


def _statement(vector: QueryVector | None, by_words: bool, scope: Scope) -> str:  # noqa: FBT001
    return _STATEMENT.format(
        scope=scope_conditions.filter_by_index(scope),
        semantic=_semantic(vector, scope) if vector else _NO_SEMANTIC,
        textual=_textual(scope, with_semantic=vector is not None) if by_words else _NO_TEXTUAL,
    )


def _textual(scope: Scope, *, with_semantic: bool) -> str:
    texts = scope_conditions.filter_texts(scope)
    return text_ranking.textual(texts, with_semantic=with_semantic)


def _semantic(vector: QueryVector, scope: Scope) -> str:
    # The model's id and dimensions are literals: an index that is partial on one and cast to
    # the other can't serve a parameter's generic plan.
    distance = f"c.embedding::halfvec({vector.dimensions:d}) <=> %(vector)s::halfvec"
    found = scope_conditions.filter_found(scope)
    return _SEMANTIC.format(model=vector.model_id, distance=distance, scope=found)


_NO_SEMANTIC: LiteralString = """semantic AS (
    SELECT NULL::bigint AS key, NULL::bigint AS rank, NULL::int AS start_offset,
        NULL::int AS end_offset, NULL::float8 AS distance WHERE false
)"""
_NO_TEXTUAL: LiteralString = (
    "textual AS (SELECT NULL::bigint AS key, NULL::bigint AS rank WHERE false)"
)

# Of a document with many chunks the nearest counts, and shows it.
_SEMANTIC: LiteralString = """
nearest AS (
    (SELECT c.document_key, c.start_offset, c.end_offset, {distance} AS distance
     FROM chunks c JOIN documents d ON d.key = c.document_key
     WHERE NOT (SELECT few FROM size) AND c.model_id = {model} AND {scope}
     ORDER BY {distance} LIMIT %(candidates)s)
    UNION ALL
    (SELECT c.document_key, c.start_offset, c.end_offset, {distance} AS distance
     FROM reach, LATERAL (
        SELECT * FROM chunks WHERE document_key = reach.key AND model_id = {model} OFFSET 0
     ) AS c
     WHERE (SELECT few FROM size))
), semantic AS MATERIALIZED (
    SELECT document_key AS key, start_offset, end_offset, distance,
        row_number() OVER (ORDER BY distance, document_key) AS rank
    FROM (SELECT DISTINCT ON (document_key) * FROM nearest
          ORDER BY document_key, distance, start_offset) AS documents
    ORDER BY rank LIMIT %(candidates)s
)"""

_STATEMENT: LiteralString = f"""
WITH {text_ranking.WORDS}, {snippets.STEMS}, reach AS MATERIALIZED (
    SELECT d.key FROM documents d WHERE {{scope}} LIMIT %(exact_max)s + 1
), size AS MATERIALIZED (
    SELECT count(*) <= %(exact_max)s AS few FROM reach
), {{semantic}}, {{textual}}, fused AS (
    SELECT key, s.rank AS semantic_rank, t.rank AS text_rank, s.start_offset, s.end_offset,
        s.distance,
        coalesce(1.0 / ({FUSION_K} + s.rank), 0) + coalesce(1.0 / ({FUSION_K} + t.rank), 0) AS score
    FROM semantic s FULL JOIN textual t USING (key)
    ORDER BY score DESC, key LIMIT %(limit)s OFFSET %(offset)s
), hits AS (
    SELECT d.key, d.id, d.collection, d.title, d.metadata, f.score::float8, f.semantic_rank,
        f.text_rank, {STATUS} AS status, {snippets.SNIPPET} AS snippet, f.distance,
        CASE WHEN e.content_hash = d.content_hash THEN f.start_offset END AS start_offset,
        CASE WHEN e.content_hash = d.content_hash THEN f.end_offset END AS end_offset,
        e.chunks, e.version AS embedded_version
    FROM fused f JOIN documents d ON d.key = f.key
    JOIN document_texts t ON t.document_key = d.key {STATE_JOINS}
    CROSS JOIN {snippets.PASSAGE}
)
SELECT size.few, (SELECT bool_or(too_common) FROM words) AS passed_over, hits.*
FROM size LEFT JOIN hits ON true ORDER BY score DESC, key
"""

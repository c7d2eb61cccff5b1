"""The search statement: the nearest vectors and the best texts, fused by reciprocal rank.

docs/sql shows it written out, with example values.
"""

from collections.abc import Sequence
from typing import Any, LiteralString

from shared.db.documents.document_rows import STATE_JOINS, STATUS
from shared.db.kit.vectors import vector_literal
from shared.db.search import passages, scope_conditions, text_ranking
from shared.db.search.term_parameters import term_parameters
from shared.domain.search.lexing.queries import Term
from shared.domain.search.query import Query, QueryVector
from shared.domain.search.scope import Scope

FUSION_K = 10

# Settings for the search's transaction. Planning the statement takes about as long as running it,
# so its generic plan is reused. `hnsw.ef_search` grows with the cube root of the number of chunks
# (the planner's estimate): to find all of the ten nearest, 120 candidates are enough among 100,000
# chunks. Among a million, 120 find 9.0 of them and 259 find 9.9.
SETTINGS: LiteralString = """
SELECT set_config('plan_cache_mode', 'force_generic_plan', true),
    set_config('hnsw.ef_search', least(1000, ceil(
        current_setting('hnsw.ef_search')::integer * greatest(1, cbrt(reltuples / 100000.0))
    ))::text, true)
FROM pg_class WHERE oid = 'chunks'::regclass
"""

_NO_SEMANTIC: LiteralString = """semantic AS (
    SELECT NULL::bigint AS key, NULL::bigint AS rank, NULL::int AS start_offset,
        NULL::int AS end_offset, NULL::float8 AS distance WHERE false
)"""
_NO_TEXTUAL: LiteralString = (
    "textual AS (SELECT NULL::bigint AS key, NULL::bigint AS rank WHERE false)"
)

_SEMANTIC: LiteralString = """nearest_chunks AS (
    (SELECT c.document_key, c.start_offset, c.end_offset,
        {distance} AS distance
     FROM chunks c JOIN documents d ON d.key = c.document_key
     WHERE NOT (SELECT is_small FROM scope_size) AND c.model_id = {model} AND {scope}
     ORDER BY {distance} LIMIT %(candidates)s)
    UNION ALL
    (SELECT c.document_key, c.start_offset, c.end_offset,
        {distance} AS distance
     FROM in_scope, LATERAL (
        -- OFFSET 0 makes the planner look up the chunks of each document.
        SELECT * FROM chunks WHERE document_key = in_scope.key AND model_id = {model} OFFSET 0
     ) AS c
     WHERE (SELECT is_small FROM scope_size))
), semantic AS MATERIALIZED (
    -- The nearest chunk stands for its document.
    SELECT document_key AS key, start_offset, end_offset, distance,
        row_number() OVER (ORDER BY distance, document_key) AS rank
    FROM (SELECT DISTINCT ON (document_key) * FROM nearest_chunks
          ORDER BY document_key, distance, start_offset) AS nearest
    ORDER BY rank LIMIT %(candidates)s
)"""

_STATEMENT: LiteralString = f"""
WITH {text_ranking.WORDS}, in_scope AS MATERIALIZED (
    SELECT d.key FROM documents d WHERE {{scope}} LIMIT %(exact_max)s + 1
), scope_size AS MATERIALIZED (
    SELECT count(*) <= %(exact_max)s AS is_small FROM in_scope
), {{semantic}}, {{textual}}, fused AS (
    SELECT key, s.rank AS semantic_rank, t.rank AS text_rank, s.start_offset, s.end_offset,
        s.distance,
        coalesce(1.0 / ({FUSION_K} + s.rank), 0) + coalesce(1.0 / ({FUSION_K} + t.rank), 0) AS score
    FROM semantic s FULL JOIN textual t USING (key)
    ORDER BY score DESC, key LIMIT %(limit)s OFFSET %(offset)s
), hits AS (
    -- The offsets of a chunk are valid only in the text that was embedded.
    SELECT d.key, d.id, d.collection, d.title, d.metadata, f.score::float8, f.semantic_rank,
        f.text_rank, {STATUS} AS status,
        t.language, passage.text AS passage, passage.is_start, passage.is_end, f.distance,
        CASE WHEN e.content_hash = d.content_hash THEN f.start_offset END AS start_offset,
        CASE WHEN e.content_hash = d.content_hash THEN f.end_offset END AS end_offset,
        e.chunks, e.version AS embedded_version
    FROM fused f JOIN documents d ON d.key = f.key
    JOIN document_texts t ON t.document_key = d.key
    {STATE_JOINS}
    CROSS JOIN {passages.PASSAGE}
)
SELECT scope_size.is_small, (SELECT bool_or(too_common) FROM words) AS skipped_common_words,
    (SELECT array_agg(w.weight ORDER BY term) FROM terms LEFT JOIN words w USING (term))
        AS weights,
    (SELECT array_agg(language ORDER BY language) FROM text_languages) AS languages, hits.*
FROM scope_size LEFT JOIN hits ON true ORDER BY score DESC, key
"""


def build(query: Query, scope: Scope) -> str:
    """Return the statement for a query. It always returns a row, also if there are no hits."""
    return _STATEMENT.format(
        scope=scope_conditions.filter_by_index(scope),
        semantic=_semantic(query.vector, scope) if query.vector else _NO_SEMANTIC,
        textual=_textual(query, scope) if query.by_words else _NO_TEXTUAL,
    )


def _textual(query: Query, scope: Scope) -> str:
    texts = scope_conditions.filter_texts(scope)
    return text_ranking.textual(texts, with_semantic=query.vector is not None)


def _semantic(vector: QueryVector, scope: Scope) -> str:
    # The model's id and its dimensions are literals. The vector index has both in its definition,
    # so a generic plan could not use the index if they were parameters.
    distance = f"c.embedding::halfvec({vector.dimensions:d}) <=> %(vector)s::halfvec"
    found = scope_conditions.filter_found(scope)
    return _SEMANTIC.format(model=vector.model_id, distance=distance, scope=found)


def query_parameters(query: Query, scope: Scope, terms: Sequence[Term]) -> dict[str, Any]:
    """Return the statement's parameters but those of a tier."""
    return {
        **scope_conditions.parameters(scope),
        **term_parameters(terms),
        "vector": vector_literal(query.vector.vector) if query.vector else None,
        "limit": query.limit,
        "offset": query.offset,
        "page_end": query.wanted,
    }

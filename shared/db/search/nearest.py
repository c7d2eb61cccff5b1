"""The nearest chunks by meaning, as CTEs of the candidates' statement."""

from collections.abc import Mapping, Sequence
from typing import LiteralString

from shared.db.kit.pool import AsyncConnection
from shared.db.kit.vectors import vector_literal
from shared.db.models.index_kinds import IndexKind, bits
from shared.db.models.roles import ACTIVE_MODEL_OF
from shared.domain.embedding.vectors import Vector
from shared.domain.search.query import QueryVector

NONE: LiteralString = """semantic AS (
    SELECT NULL::bigint AS key, NULL::int AS start_offset, NULL::int AS end_offset,
        NULL::float8 AS distance, NULL::float8 AS scaled, NULL::bigint AS rank WHERE false
)"""

# The nearest chunk stands for its document.
_NEAREST: LiteralString = """nearest_chunks{n} AS (
    {chunks}
), {name} AS MATERIALIZED (
    SELECT document_key AS key, start_offset, end_offset, distance, distance AS scaled,
        row_number() OVER (ORDER BY distance, document_key) AS rank
    FROM (SELECT DISTINCT ON (document_key) * FROM nearest_chunks{n}
          ORDER BY document_key, distance, start_offset) AS nearest
)"""
# Distances of different models do not compare. A document gets that of the first model's document
# at the same rank.
_TOGETHER: LiteralString = """semantic AS MATERIALIZED (
    SELECT n.key, n.start_offset, n.end_offset, n.distance,
        coalesce(f.distance, (SELECT max(distance) FROM semantic0), n.distance) AS scaled,
        row_number() OVER (ORDER BY n.rank, n.model, n.key) AS rank
    FROM ({each}) AS n LEFT JOIN semantic0 f ON f.rank = n.rank
)"""
_OF_MODEL: LiteralString = (
    f"EXISTS (SELECT FROM documents o WHERE o.key = {{key}} AND"
    f" {ACTIVE_MODEL_OF.format(collection='o.collection')} = {{model}})"
)
"""The document's collection has the model."""
# To find all of the ten nearest, 120 candidates are enough among 100,000 chunks. Among a million,
# 120 find 9.0 of them and 259 find 9.9. The number is set before the scan of the index begins, and
# for this statement only. It depends on this index, so other tenants do not change it.
_SET_CANDIDATES: LiteralString = """(SELECT set_config('hnsw.ef_search', least(1000,
            greatest({least}, ceil(current_setting('inkdex.hnsw_ef_search')::int
                * greatest(1, cbrt(max(reltuples) / 100000.0)))))::text, true)
        FROM pg_class WHERE oid = to_regclass('{index}')) IS NOT NULL"""
# OFFSET 0 keeps the planner from joining the documents of the scope. It takes the collection and
# the model for independent, so it would expect few rows and read the whole index.
_BY_INDEX: LiteralString = f"""SELECT c.document_key, c.start_offset, c.end_offset,
        {{distance}} AS distance
    FROM chunks c
    WHERE {_SET_CANDIDATES.format(index="{vectors}", least="1")}
        AND c.model_id = {{model}} AND EXISTS (
            SELECT FROM documents d WHERE d.key = c.document_key AND {{scope}}{{own}} OFFSET 0)
    ORDER BY {{distance}} LIMIT {{candidates}}"""
# The bits of the vectors choose, and the vectors themselves rank (decision 54).
_BY_BITS: LiteralString = f"""SELECT c.document_key, c.start_offset, c.end_offset,
        {{distance}} AS distance
    FROM (
        SELECT c.* FROM chunks c
        WHERE {_SET_CANDIDATES.format(index="{bits}", least="{found}")}
            AND c.model_id = {{model}} AND EXISTS (
                SELECT FROM documents d WHERE d.key = c.document_key AND {{scope}}{{own}} OFFSET 0)
        ORDER BY {{bits_distance}} LIMIT {{found}}
    ) AS c
    ORDER BY distance LIMIT {{candidates}}"""
_EXACT: LiteralString = """SELECT c.document_key, c.start_offset, c.end_offset,
        {distance} AS distance
    FROM in_scope, LATERAL (
        -- OFFSET 0 makes the planner look up the chunks of each document.
        SELECT * FROM chunks WHERE document_key = in_scope.key AND model_id = {model} OFFSET 0
    ) AS c{own}"""
_EXACT_NEAREST: LiteralString = f"""{_EXACT}
    ORDER BY distance LIMIT {{candidates}}"""

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


def by_index(
    vectors: Sequence[QueryVector], scope: str, candidates: int, binary: Mapping[int, int]
) -> str:
    """Return the CTEs that end in `semantic`, for documents `d` that meet `scope`.

    The indexes of the `binary` models have bits, which find as many chunks as it says.
    """
    templates = [_template(binary.get(each.model_id)) for each in vectors]
    return _filled(templates, vectors, " AND " + _OF_MODEL, "d.key", scope, candidates)


def exact(vectors: Sequence[QueryVector], candidates: int | None = None) -> str:
    """Return the CTEs that end in `semantic`. They compare all chunks of `in_scope`.

    They return all of them, or only the nearest `candidates`.
    """
    template = _EXACT if candidates is None else _EXACT_NEAREST
    of_model = " WHERE " + _OF_MODEL
    templates = [template] * len(vectors)
    return _filled(templates, vectors, of_model, "in_scope.key", candidates=candidates or 0)


def _template(found_by_bits: int | None) -> str:
    return _BY_BITS.replace("{found}", str(found_by_bits)) if found_by_bits else _BY_INDEX


def parameters(vectors: Sequence[QueryVector]) -> dict[str, str]:
    return {_parameter(n): vector_literal(each.vector) for n, each in enumerate(vectors)}


def _filled(
    templates: Sequence[str],
    vectors: Sequence[QueryVector],
    of_model: str,
    key: str,
    scope: str = "",
    candidates: int = 0,
) -> str:
    """Return the CTEs of one model, or of several and what they find together."""
    several = len(vectors) > 1
    parts = []
    for n, (template, vector) in enumerate(zip(templates, vectors, strict=True)):
        own = of_model.format(key=key, model=vector.model_id) if several else ""
        chunks = template.format(scope=scope, own=own, **_filling(n, vector, candidates))
        name = f"semantic{n}" if several else "semantic"
        parts.append(_NEAREST.format(n=n if several else "", name=name, chunks=chunks))
    if several:
        each = [f"SELECT {n} AS model, * FROM semantic{n}" for n in range(len(vectors))]
        parts.append(_TOGETHER.format(each=" UNION ALL ".join(each)))
    return ", ".join(parts)


def _filling(n: int, vector: QueryVector, candidates: int) -> dict[str, object]:
    """Return what the templates need. Not each of them needs everything."""
    return {
        "distance": _distance(n, vector),
        "bits_distance": _bits_distance(n, vector),
        "model": vector.model_id,
        "vectors": IndexKind.VECTORS.index_of(vector.model_id),
        "bits": IndexKind.BITS.index_of(vector.model_id),
        "candidates": candidates,
    }


def _distance(n: int, vector: QueryVector) -> str:
    # The model's id and its dimensions are literals. The vector index has both in its definition,
    # so a generic plan could not use the index if they were parameters. With a parameter for the
    # number of candidates, the planner would expect a tenth of all chunks.
    parameter = f"%({_parameter(n)})s::halfvec"
    return f"c.embedding::halfvec({vector.dimensions:d}) <=> {parameter}"


def _bits_distance(n: int, vector: QueryVector) -> str:
    query = bits(f"%({_parameter(n)})s::halfvec", vector.dimensions)
    return f"{bits('c.embedding', vector.dimensions)}\n            <~> {query}"


def _parameter(n: int) -> str:
    return f"vector{n or ''}"

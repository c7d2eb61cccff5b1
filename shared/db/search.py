"""Search in one statement: the nearest vectors and the best text, fused by reciprocal rank."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, LiteralString

from psycopg.types.json import Jsonb

from shared.db.pool import AsyncConnection
from shared.db.rows import JOINS, STATUS
from shared.db.vectors import vector_literal
from shared.domain.filters import Condition
from shared.domain.vectors import Vector

CANDIDATES = 100
EXACT_MAX = 2000
"""Up to this many documents in reach of a search, all their vectors are compared."""
FUSION_K = 10
HEADLINE_CHARACTERS = 50_000


@dataclass(frozen=True, slots=True)
class Scope:
    """Which documents a search may find."""

    collection: str
    conditions: Sequence[Condition] = ()


@dataclass(frozen=True, slots=True)
class QueryVector:
    """A query's vector and the model that made it."""

    model_id: int
    dimensions: int
    vector: Vector


@dataclass(frozen=True, slots=True)
class Hit:
    """A found document; `snippet` has the matched words between START and END of its search."""

    id: str
    collection: str
    title: str | None
    metadata: dict[str, Any]
    status: str
    score: float
    semantic_rank: int | None
    text_rank: int | None
    snippet: str


@dataclass(frozen=True, slots=True)
class Found:
    """A page of hits and the marks around the matched words in their snippets."""

    hits: list[Hit]
    mark_start: str
    mark_end: str


async def search(
    connection: AsyncConnection,
    query: str | None,
    vector: QueryVector | None,
    scope: Scope,
    limit: int,
    offset: int,
) -> Found:
    """Return the best documents by `query`'s words, by `vector`'s meaning, or by both."""
    parameters = _scope_parameters(scope) | {
        "query": query,
        "limit": limit,
        "offset": offset,
        "candidates": max(CANDIDATES, limit + offset),
        "vector": vector_literal(vector.vector) if vector else None,
        "mark": secrets.token_hex(8),
    }
    parameters["marks"] = _headline_options(parameters["mark"])
    exact = vector is not None and await _is_small(connection, scope, parameters)
    reach = _scope_sql(scope)
    statement = _STATEMENT.format(
        semantic=_semantic(vector, reach, exact=exact),
        text=_TEXT.format(scope=reach) if query is not None else _NONE,
    )
    cursor = await connection.execute(statement, parameters)
    hits = [Hit(**row) for row in await cursor.fetchall()]
    return Found(hits, f"<{parameters['mark']}>", f"</{parameters['mark']}>")


def _semantic(vector: QueryVector | None, reach: str, *, exact: bool) -> str:
    if vector is None:
        return _NONE
    # The model's id and dimensions are literals: an index that is partial on one and cast to
    # the other can't serve a parameter's generic plan.
    distance = f"c.embedding::halfvec({vector.dimensions:d}) <=> %(vector)s::halfvec"
    order = f"({distance}) + 0" if exact else distance
    return _SEMANTIC.format(model=vector.model_id, order=order, scope=reach)


async def _is_small(connection: AsyncConnection, scope: Scope, parameters: dict[str, Any]) -> bool:
    cursor = await connection.execute(
        f"SELECT count(*) AS found FROM (SELECT FROM documents d WHERE {_scope_sql(scope)}"
        f" LIMIT {EXACT_MAX + 1}) AS reached",
        parameters,
    )
    row = await cursor.fetchone()
    return row is not None and row["found"] <= EXACT_MAX


_NONE: LiteralString = "SELECT NULL::bigint AS key, NULL::bigint AS rank WHERE false"

_SEMANTIC: LiteralString = """
    SELECT key, row_number() OVER (ORDER BY distance, key) AS rank FROM (
        SELECT key, min(distance) AS distance FROM (
            SELECT c.document_key AS key, {order} AS distance
            FROM chunks c JOIN documents d ON d.key = c.document_key
            WHERE c.model_id = {model} AND {scope}
            ORDER BY {order} LIMIT %(candidates)s
        ) AS nearest GROUP BY key
    ) AS documents
"""

_TEXT: LiteralString = """
    SELECT key, row_number() OVER (ORDER BY score DESC, key) AS rank FROM (
        SELECT d.key, ts_rank(t.lexemes, (SELECT words FROM asked), 1) AS score
        FROM document_texts t JOIN documents d ON d.key = t.document_key
        WHERE t.lexemes @@ (SELECT words FROM asked) AND {scope}
        ORDER BY score DESC, d.key LIMIT %(candidates)s
    ) AS matching
"""

# Any of the query's words may match: a question's words are seldom all in its answer.
_STATEMENT: LiteralString = f"""
WITH asked AS MATERIALIZED (
    SELECT coalesce(string_agg(quote_literal(lexeme), ' | '), '')::tsquery AS words
    FROM unnest(to_tsvector('english', coalesce(%(query)s, '')))
), semantic AS ({{semantic}}
), textual AS ({{text}}
), fused AS (
    SELECT key, s.rank AS semantic_rank, t.rank AS text_rank,
        coalesce(1.0 / ({FUSION_K} + s.rank), 0) + coalesce(1.0 / ({FUSION_K} + t.rank), 0) AS score
    FROM semantic s FULL JOIN textual t USING (key)
    ORDER BY score DESC, key LIMIT %(limit)s OFFSET %(offset)s
)
SELECT d.id, d.collection, d.title, d.metadata, f.score::float8, f.semantic_rank, f.text_rank,
    {STATUS} AS status,
    ts_headline('english', left(d.content, {HEADLINE_CHARACTERS}), asked.words, %(marks)s)
        AS snippet
FROM fused f JOIN documents d ON d.key = f.key CROSS JOIN asked {JOINS}
ORDER BY f.score DESC, f.key
"""


def _headline_options(mark: str) -> str:
    return f"StartSel=<{mark}>, StopSel=</{mark}>, MaxWords=35, MinWords=18, ShortWord=2"


_COMPARISONS: dict[str, LiteralString] = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}


def _scope_sql(scope: Scope) -> str:
    parts = ["d.collection = %(collection)s"]
    # Behind coalesce a condition is no bait: the planner would expect few rows of it, and scan.
    parts += [
        f"coalesce({_condition(place, condition)}, false)"
        for place, condition in enumerate(scope.conditions)
    ]
    return " AND ".join(parts)


def _condition(place: int, condition: Condition) -> str:
    field, value = f"d.metadata -> %(field{place})s", f"%(value{place})s"
    match condition.operator:
        case "eq":
            return f"{field} = {value}::jsonb"
        case "ne":
            return f"{field} IS DISTINCT FROM {value}::jsonb"
        case "in":
            return f"{field} IN (SELECT jsonb_array_elements({value}::jsonb))"
        case "exists":
            return f"(d.metadata ? %(field{place})s) = {value}"
        case ordered:
            sign = _COMPARISONS[ordered]
            same_type = f"jsonb_typeof({field}) = jsonb_typeof({value}::jsonb)"
            return f"({same_type} AND {field} {sign} {value}::jsonb)"


def _scope_parameters(scope: Scope) -> dict[str, Any]:
    parameters: dict[str, Any] = {"collection": scope.collection}
    for place, condition in enumerate(scope.conditions):
        is_flag = condition.operator == "exists"
        parameters[f"field{place}"] = condition.field
        parameters[f"value{place}"] = condition.value if is_flag else Jsonb(condition.value)
    return parameters

"""The statement that finds candidates: the nearest by meaning, and the best by words.

docs/sql shows it written out, with example values.
"""

from dataclasses import dataclass, replace
from typing import Any, LiteralString

from psycopg.rows import tuple_row

from shared.db.kit.pool import AsyncConnection
from shared.db.kit.vectors import vector_literal
from shared.db.search import nearest, scope_conditions, text_ranking
from shared.domain.search.fusion import Candidate
from shared.domain.search.query import Query
from shared.domain.search.scope import Scope
from shared.domain.search.word_plan import WordPlan

UNLIMITED = 2**31 - 2
FEW_MATCHES = 10
"""Fewer matches do not fill a page."""


@dataclass(frozen=True, slots=True)
class Tier:
    """How many documents a statement considers.

    An `exact` one compares the vectors and the words of all documents in scope. Otherwise the
    indexes find `candidates` of each kind, and a word that more than `common_documents` documents
    contain is not looked up on its own. With `prefixes`, or if words match few documents, documents
    with words that begin alike follow.
    """

    exact: bool
    candidates: int
    common_documents: int
    prefixes: bool


@dataclass(frozen=True, slots=True)
class Found:
    """The best candidates of all `count` that a tier found, and how many of them match by words.

    `prefixes`: documents with words that begin alike are among them. `languages` are those of all
    texts, in which the query should have been read.
    """

    candidates: list[Candidate]
    count: int
    matching: int
    languages: tuple[str, ...]
    prefixes: bool


# The first row holds the counts of documents and of those that match by words, in two columns that
# fit, and the languages.
_STATEMENT: LiteralString = """
WITH {in_scope}{semantic}, {textual}, found AS MATERIALIZED (
    SELECT key, 1 - s.distance AS similarity, s.start_offset, s.end_offset, t.score,
        s.rank AS semantic_rank, t.rank AS text_rank
    FROM semantic s FULL JOIN textual t USING (key)
)
SELECT count(*) AS key, NULL::float8 AS similarity, NULL::int AS start_offset,
    count(score)::int AS end_offset, NULL::float8 AS score,
    NULL::bigint AS semantic_rank, NULL::bigint AS text_rank,
    ARRAY(SELECT language FROM text_languages ORDER BY language) AS languages
FROM found
UNION ALL
SELECT key, similarity, start_offset, end_offset, score, semantic_rank, text_rank, NULL
FROM found WHERE least(semantic_rank, text_rank) <= {candidates}
"""
_IN_SCOPE: LiteralString = """in_scope AS MATERIALIZED (
    SELECT d.key FROM documents d WHERE {scope} LIMIT {most}
), """
SCOPE_MAX = 2000
"""Of a large scope, so many documents are read if the query has only very common words."""


async def find(
    connection: AsyncConnection, query: Query, scope: Scope, tier: Tier, plan: WordPlan
) -> Found:
    """Return the candidates of a tier, in no order."""
    prefixes = query.by_words and (tier.prefixes or plan.documents < FEW_MATCHES)
    found = await _find(connection, query, scope, replace(tier, prefixes=prefixes), plan)
    if query.by_words and not prefixes and found.matching < FEW_MATCHES:
        return await _find(connection, query, scope, replace(tier, prefixes=True), plan)
    return found


async def _find(
    connection: AsyncConnection, query: Query, scope: Scope, tier: Tier, plan: WordPlan
) -> Found:
    cursor = connection.cursor(row_factory=tuple_row, binary=True)
    await cursor.execute(build(query, scope, tier, plan), parameters(query, scope, plan))
    (count, _, _, matching, *_, languages), *rows = await cursor.fetchall()
    found = [Candidate(*row[:-1]) for row in rows]
    return Found(found, count, matching, tuple(languages), tier.prefixes)


def build(query: Query, scope: Scope, tier: Tier, plan: WordPlan) -> str:
    """Return the statement."""
    return _STATEMENT.format(
        in_scope=_in_scope(scope, tier, plan),
        semantic=_semantic(query, scope, tier),
        textual=_textual(query, scope, tier, plan),
        candidates=tier.candidates,
    )


def _in_scope(scope: Scope, tier: Tier, plan: WordPlan) -> str:
    if not (tier.exact or plan.skips_all):
        return ""
    most = UNLIMITED if tier.exact else SCOPE_MAX
    return _IN_SCOPE.format(scope=scope_conditions.filter_by_index(scope), most=most)


def _semantic(query: Query, scope: Scope, tier: Tier) -> str:
    if query.vector is None:
        return nearest.NONE
    if tier.exact:
        return nearest.exact(query.vector)
    found = scope_conditions.filter_found(scope)
    return nearest.by_index(query.vector, found, tier.candidates)


def _textual(query: Query, scope: Scope, tier: Tier, plan: WordPlan) -> str:
    if not query.by_words:
        return text_ranking.NONE
    if tier.exact:
        return text_ranking.exact(prefixes=tier.prefixes)
    texts = scope_conditions.filter_texts(scope)
    return text_ranking.by_index(texts, plan, prefixes=tier.prefixes)


def parameters(query: Query, scope: Scope, plan: WordPlan) -> dict[str, Any]:
    """Return the statement's parameters."""
    return {
        **scope_conditions.parameters(scope),
        **text_ranking.parameters(plan),
        "vector": vector_literal(query.vector.vector) if query.vector else None,
    }

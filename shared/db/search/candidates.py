"""The statement that finds candidates: the nearest by meaning, and the best by words.

docs/sql shows it written out, with example values.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, LiteralString, NamedTuple

from psycopg.rows import tuple_row

from shared.db.kit.pool import AsyncConnection
from shared.db.models.roles import ACTIVE_MODEL_OF, ALL_ACTIVE_MODELS
from shared.db.search import fusion, nearest, scope_conditions, text_ranking
from shared.domain.model_errors import ModelSwitched
from shared.domain.search.fusion import Ranked
from shared.domain.search.query import Query
from shared.domain.search.scope import Scope
from shared.domain.search.word_plan import WordPlan

UNLIMITED = 2**31 - 2
FEW_MATCHES = 10
"""Fewer matches do not fill a page."""


@dataclass(frozen=True, slots=True)
class Tier:
    """How many documents a statement considers.

    An `exact` one compares the vectors and the words of all documents in scope. With
    `exact_vectors`, it compares the vectors of all, because they have no index. Otherwise the
    indexes find `candidates` of each kind. `binary` has the models whose indexes have bits, and how
    many chunks the bits find, of which the vectors choose the candidates. A word that more than
    `common_documents` documents contain is not looked up on its own. With `prefixes`, or if words
    match few documents, documents with words that begin alike follow.
    """

    exact: bool
    candidates: int
    common_documents: int
    prefixes: bool
    exact_vectors: bool = False
    binary: Mapping[int, int] = field(default_factory=dict)

    @property
    def compares_vectors(self) -> bool:
        return self.exact or self.exact_vectors


class Page(NamedTuple):
    """The documents that are known already, and how many others to return at most."""

    known: Sequence[int]
    most: int


@dataclass(frozen=True, slots=True)
class Found:
    """The best documents that a tier found besides those known before, best first, and counts.

    `count` documents were found, `matching` of them by words. `candidates` were ranked, of which
    `accepted` are similar enough. `languages` are those of the tenant, in which the query should
    have been read. `prefixes`: documents with words that begin alike are among them.
    """

    ranked: list[Ranked]
    count: int
    matching: int
    candidates: int
    accepted: int
    languages: tuple[str, ...]
    prefixes: bool


_STATEMENT: LiteralString = """
WITH {in_scope}{semantic}, {textual}, found AS MATERIALIZED (
    SELECT key, 1 - s.distance AS similarity, 1 - s.scaled AS meaning, s.start_offset,
        s.end_offset, t.score AS word_score, s.rank AS semantic_rank, t.rank AS text_rank
    FROM semantic s FULL JOIN textual t USING (key)
), candidates AS (
    SELECT * FROM found WHERE least(semantic_rank, text_rank) <= {candidates}
), accepted AS MATERIALIZED (
    SELECT * FROM candidates
    WHERE word_score IS NOT NULL OR similarity >= %(min_similarity)s::float8
), {fused}
SELECT counts.*, page.* FROM (
    SELECT count(*) AS count, count(word_score) AS matching,
        (SELECT count(*) FROM candidates) AS candidates,
        (SELECT count(*) FROM accepted) AS accepted,
        ARRAY(SELECT language FROM tenant_languages WHERE tenant = %(tenant)s ORDER BY language)
            AS languages,
        {active} AS models
    FROM found
) AS counts LEFT JOIN (
    SELECT key, score, similarity, start_offset, end_offset, word_score, semantic_rank, text_rank
    FROM fused WHERE key <> ALL (%(known)s::bigint[])
    ORDER BY score DESC, key LIMIT %(most)s::bigint
) AS page ON true
ORDER BY page.score DESC, page.key
"""
_IN_SCOPE: LiteralString = """in_scope AS MATERIALIZED (
    SELECT d.key FROM documents d WHERE {scope} LIMIT {most}
), """
COUNTS = 6
"""So many columns come before those of the page."""


async def find(
    connection: AsyncConnection,
    query: Query,
    scope: Scope,
    tier: Tier,
    plan: WordPlan,
    page: Page,
) -> Found:
    """Return the best documents of a tier.

    Raises ModelSwitched if the query's vectors are not of the models that were active then.
    """
    can_extend = query.by_words and plan.prefixes is not None
    extended = can_extend and (tier.prefixes or plan.documents < FEW_MATCHES)
    found = await _find(connection, query, scope, replace(tier, prefixes=extended), plan, page)
    if can_extend and not extended and found.matching < FEW_MATCHES:
        return await _find(connection, query, scope, replace(tier, prefixes=True), plan, page)
    return found


async def _find(
    connection: AsyncConnection, query: Query, scope: Scope, tier: Tier, plan: WordPlan, page: Page
) -> Found:
    cursor = connection.cursor(row_factory=tuple_row, binary=True)
    await cursor.execute(build(query, scope, tier, plan), parameters(query, scope, plan, page))
    rows = await cursor.fetchall()
    count, matching, candidates, accepted, languages, models = rows[0][:COUNTS]
    if models is not None and query.models != frozenset(models):
        raise ModelSwitched
    ranked = [Ranked(*row[COUNTS:]) for row in rows if row[COUNTS] is not None]
    return Found(ranked, count, matching, candidates, accepted, tuple(languages), tier.prefixes)


def build(query: Query, scope: Scope, tier: Tier, plan: WordPlan) -> str:
    """Return the statement."""
    return _STATEMENT.format(
        in_scope=_in_scope(scope, tier, plan),
        semantic=_semantic(query, scope, tier),
        textual=_textual(query, scope, tier, plan),
        candidates=tier.candidates,
        fused=fusion.FUSED,
        active=_active_models(query, scope),
    )


def _active_models(query: Query, scope: Scope) -> str:
    """Return the ids of the scope's models, or nothing if the query need not have them."""
    if query.vector is None or query.rehearsed:
        return "NULL::int[]"
    if scope.collection is None:
        return ALL_ACTIVE_MODELS
    return f"ARRAY[{ACTIVE_MODEL_OF.format(collection='%(collection)s')}]"


def _in_scope(scope: Scope, tier: Tier, plan: WordPlan) -> str:
    if not (tier.compares_vectors or plan.skips_all):
        return ""
    most = UNLIMITED if tier.compares_vectors else text_ranking.SCOPE_MAX
    return _IN_SCOPE.format(scope=scope_conditions.filter_by_index(scope), most=most)


def _semantic(query: Query, scope: Scope, tier: Tier) -> str:
    if query.vector is None:
        return nearest.NONE
    if tier.exact:
        return nearest.exact(query.vectors)
    if tier.exact_vectors:
        return nearest.exact(query.vectors, tier.candidates)
    found = scope_conditions.filter_found(scope)
    return nearest.by_index(query.vectors, found, tier.candidates, tier.binary)


def _textual(query: Query, scope: Scope, tier: Tier, plan: WordPlan) -> str:
    if not query.by_words:
        return text_ranking.NONE
    if tier.exact:
        return text_ranking.exact(prefixes=tier.prefixes)
    texts = scope_conditions.filter_texts(scope)
    return text_ranking.by_index(texts, plan, prefixes=tier.prefixes)


def parameters(query: Query, scope: Scope, plan: WordPlan, page: Page) -> dict[str, Any]:
    """Return the statement's parameters."""
    return {
        **scope_conditions.parameters(scope),
        **text_ranking.parameters(plan),
        **nearest.parameters(query.vectors),
        "min_similarity": query.min_similarity,
        "known": list(page.known),
        "most": page.most,
    }

"""The statement that finds candidates: the nearest by meaning, and the best by words.

docs/sql shows it written out, with example values.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, LiteralString

from psycopg.rows import tuple_row

from shared.db.kit.pool import AsyncConnection
from shared.db.kit.vectors import vector_literal
from shared.db.search import nearest, scope_conditions, text_ranking, word_statistics
from shared.db.search.term_parameters import term_parameters
from shared.db.search.word_statistics import WordStatistics
from shared.domain.search.fusion import Candidate
from shared.domain.search.lexing.queries import Term
from shared.domain.search.query import Query
from shared.domain.search.scope import Scope

UNLIMITED = 2**31 - 2


@dataclass(frozen=True, slots=True)
class Tier:
    """How many documents a statement considers.

    An `exact` one compares the vectors and the words of all documents in scope. Otherwise the
    indexes find `candidates` of each kind, and a word that more than `common_documents` documents
    contain is not looked up on its own. If words match fewer than `fallback_below` documents,
    documents with words that begin alike follow.
    """

    exact: bool
    candidates: int
    common_documents: int
    fallback_below: int


@dataclass(frozen=True, slots=True)
class Found:
    """The best candidates of all `count` that a tier found, and how many of them match by words.

    `skipped_words`: a word was too common to be looked up. A weight is None if its term was not
    used. `languages` are those of all texts, in which the query should have been read.
    """

    candidates: list[Candidate]
    count: int
    matching: int
    skipped_words: bool
    weights: Sequence[float | None]
    statistics: WordStatistics
    languages: tuple[str, ...]

    def is_all(self, query: Query, tier: Tier) -> bool:
        """Return whether a later tier would find nothing else."""
        if not all(map(query.accepts, self.candidates)):
            return True  # what is less similar than the least of these is not accepted either
        is_limited = not tier.exact and (query.vector is not None or self.skipped_words)
        has_fallback = query.vector is not None or self.matching < tier.fallback_below
        return not is_limited and has_fallback and self.count == len(self.candidates)


# The first row holds the counts of documents and of those that match by words, in two columns that
# fit, and what else concerns the whole search.
_STATEMENT: LiteralString = """
WITH {words}, in_scope AS MATERIALIZED (
    SELECT d.key FROM documents d WHERE {scope} LIMIT {scope_max}
), {semantic}, {textual}, found AS MATERIALIZED (
    SELECT key, 1 - s.distance AS similarity, s.start_offset, s.end_offset, t.score,
        least(s.rank, t.rank) AS rank
    FROM semantic s FULL JOIN textual t USING (key)
)
SELECT count(*) AS key, NULL::float8 AS similarity, NULL::int AS start_offset,
    count(score)::int AS end_offset, NULL::float8 AS score,
    (SELECT bool_or(too_common) FROM words) AS skipped_words,
    ARRAY(SELECT w.weight FROM terms LEFT JOIN words w USING (term) ORDER BY term) AS weights,
    (SELECT ARRAY[documents, average_length] FROM statistics)
        || ARRAY(SELECT w.documents FROM terms LEFT JOIN words w USING (term) ORDER BY term)
        AS statistics,
    ARRAY(SELECT language FROM text_languages ORDER BY language) AS languages
FROM found
UNION ALL
SELECT key, similarity, start_offset, end_offset, score, NULL, NULL, NULL, NULL
FROM found WHERE rank <= {candidates}
"""
SCOPE_MAX = 2000
"""Of a large scope, so many documents are read if the query has only very common words."""


async def find(
    connection: AsyncConnection,
    query: Query,
    scope: Scope,
    tier: Tier,
    terms: Sequence[Term],
    known: WordStatistics | None = None,
) -> Found:
    """Return the candidates of a tier, in no order."""
    cursor = connection.cursor(row_factory=tuple_row, binary=True)
    await cursor.execute(build(query, scope, tier), parameters(query, scope, tier, terms, known))
    (
        (count, _, _, matching, _, skipped, weights, statistics, languages),
        *rows,
    ) = await cursor.fetchall()
    found = [Candidate(*row[:5]) for row in rows]
    read = WordStatistics(statistics[0], statistics[1], statistics[2:])
    return Found(found, count, matching, bool(skipped), weights, read, tuple(languages))


def build(query: Query, scope: Scope, tier: Tier) -> str:
    """Return the statement."""
    return _STATEMENT.format(
        words=text_ranking.WORDS,
        scope=scope_conditions.filter_by_index(scope),
        scope_max=UNLIMITED if tier.exact else SCOPE_MAX,
        semantic=_semantic(query, scope, tier),
        textual=_textual(query, scope, tier),
        candidates=tier.candidates,
    )


def _semantic(query: Query, scope: Scope, tier: Tier) -> str:
    if query.vector is None:
        return nearest.NONE
    if tier.exact:
        return nearest.exact(query.vector)
    found = scope_conditions.filter_found(scope)
    return nearest.by_index(query.vector, found, tier.candidates)


def _textual(query: Query, scope: Scope, tier: Tier) -> str:
    if not query.by_words:
        return text_ranking.NONE
    if tier.exact:
        return text_ranking.exact()
    return text_ranking.by_index(scope_conditions.filter_texts(scope))


def parameters(
    query: Query,
    scope: Scope,
    tier: Tier,
    terms: Sequence[Term],
    known: WordStatistics | None = None,
) -> dict[str, Any]:
    """Return the statement's parameters."""
    return {
        **scope_conditions.parameters(scope),
        **term_parameters(terms),
        **word_statistics.parameters(known),
        "vector": vector_literal(query.vector.vector) if query.vector else None,
        "common_documents": tier.common_documents,
        "fallback_below": tier.fallback_below,
    }

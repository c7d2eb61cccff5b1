"""How relevant a hit probably is, in words that mean the same for every model.

Cosines of different models do not compare. What does is how far a similarity lies on the way from
that of two random texts, their mean, to that of equal ones, 1.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from shared.domain.search.fusion import Ranked
from shared.domain.search.lexing.queries import Term, only_stop_words
from shared.domain.search.query import HitPage
from shared.domain.search.query_syntax import parse_query


class Relevance(StrEnum):
    """How relevant a hit probably is."""

    STRONG = "strong"
    FAIR = "fair"
    WEAK = "weak"


@dataclass(frozen=True, slots=True)
class SimilarityScale:
    """The similarity of random pairs of chunks: their mean and their standard deviation."""

    mean: float
    deviation: float


STRONG_SHARE = 0.35
FAIR_SHARE = 0.2
"""How much of that way. In four collections, the best hits of 78 to 97% of the queries are strong,
and none of random letters (docs/search.md)."""
STRONG_COVERAGE = 0.3
FAIR_COVERAGE = 0.15
"""The part of the query's weight. A text of average length that has every word once has 0.45."""


def relevances(
    page: HitPage, scale: SimilarityScale | None, query: str = ""
) -> list[Relevance | None]:
    """Return how relevant each hit of a page probably is."""
    languages = {hit.passage.language for hit in page.hits}
    most = {each: word_weight(page.terms, page.weights, each) for each in languages}
    most |= dict.fromkeys(_saying_nothing(query, languages), 0.0)
    return [relevance(hit.ranked, scale, most[hit.passage.language]) for hit in page.hits]


def _saying_nothing(query: str, languages: set[str]) -> set[str]:
    """Return the languages in which a query has stop words only. A phrase says something."""
    parsed = parse_query(query)
    return set() if parsed.required else only_stop_words(parsed.text, languages)


def word_weight(terms: Sequence[Term], weights: Sequence[float | None], language: str) -> float:
    """Return the weight of all terms that texts of a language can have."""
    found = zip(terms, weights, strict=True)
    return math.fsum(weight or 0.0 for term, weight in found if language in term.languages)


def relevance(found: Ranked, scale: SimilarityScale | None, most_words: float) -> Relevance | None:
    """Return the better of the levels by meaning and by words. None if neither is known.

    `most_words` is the weight of the query's terms in the document's language.
    """
    levels = []
    if found.similarity is not None and scale is not None:
        share = (found.similarity - scale.mean) / max(1 - scale.mean, 1e-6)
        levels.append(_level(share, STRONG_SHARE, FAIR_SHARE))
    if found.word_score is not None:
        coverage = found.word_score / most_words if most_words else 0.0
        levels.append(_level(coverage, STRONG_COVERAGE, FAIR_COVERAGE))
    return min(levels, key=list(Relevance).index, default=None)


def _level(value: float, strong: float, fair: float) -> Relevance:
    if value >= strong:
        return Relevance.STRONG
    return Relevance.FAIR if value >= fair else Relevance.WEAK

"""How relevant a hit probably is, in words that mean the same for every model.

Cosines of different models do not compare. What does is how far a similarity lies above that of
two texts that have nothing to do with each other.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from shared.domain.search.fusion import Ranked
from shared.domain.search.lexing.queries import Term
from shared.domain.search.query import HitPage


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


STRONG_DEVIATIONS = 2.0
FAIR_DEVIATIONS = 1.0
"""How many deviations above the mean. The best hits of Cranfield and CISI lie 2.3 to 3.3 above it,
and those of queries about other subjects 0.1 to 0.8 below."""
STRONG_COVERAGE = 0.3
FAIR_COVERAGE = 0.15
"""The part of the query's weight. A text of average length that has every word once has 0.45."""


def relevances(page: HitPage, scale: SimilarityScale | None) -> list[Relevance | None]:
    """Return how relevant each hit of a page probably is."""
    languages = {hit.passage.language for hit in page.hits}
    most = {each: word_weight(page.terms, page.weights, each) for each in languages}
    return [relevance(hit.ranked, scale, most[hit.passage.language]) for hit in page.hits]


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
        distance = (found.similarity - scale.mean) / max(scale.deviation, 1e-6)
        levels.append(_level(distance, STRONG_DEVIATIONS, FAIR_DEVIATIONS))
    if found.word_score is not None:
        coverage = found.word_score / most_words if most_words else 0.0
        levels.append(_level(coverage, STRONG_COVERAGE, FAIR_COVERAGE))
    return min(levels, key=list(Relevance).index, default=None)


def _level(value: float, strong: float, fair: float) -> Relevance:
    if value >= strong:
        return Relevance.STRONG
    return Relevance.FAIR if value >= fair else Relevance.WEAK

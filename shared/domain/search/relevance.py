"""How relevant a hit probably is, in words that mean the same for every model.

Cosines of different models do not compare. What does is how far a similarity lies above that of
two texts that have nothing to do with each other.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from shared.domain.search.fusion import Candidate


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


def relevance(
    candidate: Candidate, scale: SimilarityScale | None, weights: Iterable[float | None]
) -> Relevance | None:
    """Return the better of the levels by meaning and by words. None if neither is known.

    `weights` are those of the query's terms.
    """
    levels = []
    if candidate.similarity is not None and scale is not None:
        distance = (candidate.similarity - scale.mean) / max(scale.deviation, 1e-6)
        levels.append(_level(distance, STRONG_DEVIATIONS, FAIR_DEVIATIONS))
    if candidate.word_score is not None:
        most = math.fsum(weight or 0.0 for weight in weights)
        coverage = candidate.word_score / most if most else 0.0
        levels.append(_level(coverage, STRONG_COVERAGE, FAIR_COVERAGE))
    return min(levels, key=list(Relevance).index, default=None)


def _level(value: float, strong: float, fair: float) -> Relevance:
    if value >= strong:
        return Relevance.STRONG
    return Relevance.FAIR if value >= fair else Relevance.WEAK

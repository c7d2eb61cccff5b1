"""Moves a query's vector towards the best hits, so that a second search finds more like them."""

import math
from collections.abc import Sequence

from shared.domain.embedding.vectors import Vector

HITS = 2
FEEDBACK_WEIGHT = 0.3


def refined(query: Vector, best: Sequence[Vector]) -> Vector:
    """Return the query's vector plus part of those of the best hits, best first.

    The n-th hit counts 1 / n. All vectors count by their direction only.
    """
    weights = [1 / rank for rank in range(1, len(best) + 1)]
    total = list(_unit(query))
    for weight, vector in zip(weights, best, strict=True):
        share = FEEDBACK_WEIGHT * weight / math.fsum(weights)
        total = [sum_ + share * each for sum_, each in zip(total, _unit(vector), strict=True)]
    return total


def _unit(vector: Vector) -> Vector:
    length = math.hypot(*vector)
    return [each / length for each in vector] if length else vector

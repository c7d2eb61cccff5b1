"""The vector of a refined query."""

import math

import pytest

from shared.domain.embedding.vectors import cosine_similarity
from shared.domain.search.feedback import FEEDBACK_WEIGHT, refined

QUERY = (1.0, 0.0, 0.0)


def test_the_first_hit_counts_twice_as_much_as_the_second() -> None:
    moved = refined(QUERY, [(0.0, 5.0, 0.0), (0.0, 0.0, 0.1)])
    assert moved == pytest.approx((1.0, FEEDBACK_WEIGHT * 2 / 3, FEEDBACK_WEIGHT / 3))


def test_the_query_keeps_most_of_its_direction() -> None:
    opposite = refined((3.0, 0.0, 0.0), [(-1.0, 0.0, 0.0), (0.0, -1.0, 0.0)])
    assert cosine_similarity(opposite, QUERY) > math.cos(math.radians(10))


def test_without_hits_only_the_length_changes() -> None:
    assert refined((0.0, 2.0), []) == [0.0, 1.0]

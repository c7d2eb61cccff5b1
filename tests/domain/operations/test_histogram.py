"""Percentiles of histograms, which are exact to a bucket however many are added up."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.operations.durations import percentiles
from shared.domain.operations.histogram import BUCKETS, bucket_of, percentile

RATIO = 2 ** (1 / 3) + 0.001


def histogram(durations: list[float]) -> list[int]:
    counts = [0] * BUCKETS
    for duration in durations:
        counts[bucket_of(duration)] += 1
    return counts


def test_without_durations_there_are_no_percentiles() -> None:
    assert percentile([], 50) is None
    assert percentile([0, 0, 0], 50) is None


@given(st.lists(st.floats(1, 1e8), min_size=1))
def test_a_percentile_is_exact_to_a_bucket(durations: list[float]) -> None:
    exact = percentiles(durations)
    for percent, value in ((50, exact.p50_ms), (95, exact.p95_ms)):
        found = percentile(histogram(durations), percent)
        assert found is not None
        assert value is not None
        assert value / RATIO - 0.01 <= found <= value * RATIO + 0.01


@pytest.mark.parametrize(
    ("duration", "bucket"),
    [(0.0, 0), (1.0, 0), (1.01, 1), (2.0, 3), (2.1, 4), (1e12, BUCKETS - 1)],
)
def test_the_edges_of_buckets(duration: float, bucket: int) -> None:
    assert bucket_of(duration) == bucket

"""How long things took, as counts by duration. Those of several processes and minutes add up."""

import math
from collections.abc import Sequence

BUCKETS_OF_A_DOUBLING = 3
BUCKETS = 27 * BUCKETS_OF_A_DOUBLING + 1
"""The first is up to a millisecond, the last begins at about 30 hours."""

Histogram = Sequence[int]
"""Counts by bucket, without the empty ones at the end."""


def bucket_of(milliseconds: float) -> int:
    """Return the bucket of a duration. Each ends 26 % later than the one before."""
    if milliseconds <= 1:
        return 0
    return min(math.ceil(BUCKETS_OF_A_DOUBLING * math.log2(milliseconds)), BUCKETS - 1)


def percentile(histogram: Histogram, percent: int) -> float | None:
    """Return a percentile in milliseconds, or None without any duration.

    It is exact to a bucket. Within it, the durations are taken to be spread evenly.
    """
    rank = -(-sum(histogram) * percent // 100)
    before = 0
    for bucket, count in enumerate(histogram):
        if rank <= before + count and count:
            return round(_duration(bucket - 1 + (rank - before) / count), 2)
        before += count
    return None


def _duration(place: float) -> float:
    """Return the duration at a place in the order of buckets, which end at whole numbers."""
    return float(2 ** (place / BUCKETS_OF_A_DOUBLING))

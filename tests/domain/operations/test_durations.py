from hypothesis import given
from hypothesis import strategies as st

from shared.domain.operations.durations import Percentiles, RecentDurations, percentiles


def test_without_durations_there_are_no_percentiles() -> None:
    assert percentiles([]) == Percentiles(0)


def test_percentiles_are_durations_themselves() -> None:
    assert percentiles(range(100, 0, -1)) == Percentiles(100, 50, 95, 99)
    assert percentiles([7.0]) == Percentiles(1, 7.0, 7.0, 7.0)


@given(st.lists(st.floats(0, 1e6), min_size=1))
def test_a_percentile_has_its_share_at_or_below_it(durations: list[float]) -> None:
    found = percentiles(durations)
    for percent, value in ((50, found.p50_ms), (95, found.p95_ms), (99, found.p99_ms)):
        assert value is not None
        below = sum(round(duration, 2) <= value for duration in durations)
        assert below * 100 >= percent * len(durations)


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_duration_is_dropped_after_a_minute() -> None:
    recent = RecentDurations(10, clock := Clock())
    recent.record(1.0)
    clock.now += 59
    recent.record(2.0)
    assert recent.milliseconds() == [1.0, 2.0]
    clock.now += 2
    assert recent.milliseconds() == [2.0]


def test_only_the_newest_are_kept() -> None:
    recent = RecentDurations(2, Clock())
    for duration in (1.0, 2.0, 3.0):
        recent.record(duration)
    assert recent.milliseconds() == [2.0, 3.0]

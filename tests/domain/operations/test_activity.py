"""Counts by minute, and the steps of a span."""

from datetime import timedelta

import pytest

from shared.domain.operations.activity import (
    HOURS_MAX,
    POINTS_MAX,
    TENANTS_MAX,
    UNWRITTEN_MINUTES_MAX,
    ActivityCounts,
    Span,
    Timed,
    time_of,
)
from shared.domain.refs import DEFAULT_TENANT, Tenant

NOON = 1_795_867_200.0


class Clock:
    now = NOON

    def __call__(self) -> float:
        return self.now


def test_a_minute_is_over_when_the_next_one_begins() -> None:
    counts = ActivityCounts(clock := Clock())
    counts.took(Timed.SEARCH, 2.0, DEFAULT_TENANT)
    counts.failed(DEFAULT_TENANT, 3)
    assert counts.over() == []
    clock.now += 60
    running, mine = counts.over()
    assert (running.tenant, running.minute, running.failed) == (None, time_of(NOON), 0)
    assert (mine.tenant, mine.failed) == (DEFAULT_TENANT, 3)
    assert mine.histograms == {Timed.SEARCH: [0, 0, 0, 1]}


def test_what_is_not_stored_is_told_again() -> None:
    counts = ActivityCounts(clock := Clock())
    counts.took(Timed.WRITE, 1.0, DEFAULT_TENANT)
    clock.now += 60
    told = counts.over()
    assert counts.over() == told
    counts.forget(told)
    assert counts.over() == []


def test_at_the_end_the_minute_that_runs_is_told_too() -> None:
    counts = ActivityCounts(Clock())
    counts.took(Timed.EMBEDDING, 1.0)
    (shared,) = counts.over(all_=True)
    assert shared.tenant is None
    assert shared.histograms == {Timed.EMBEDDING: [1]}


def test_an_idle_minute_is_told() -> None:
    counts = ActivityCounts(clock := Clock())
    clock.now += 60
    (idle,) = counts.over()
    assert (idle.tenant, idle.histograms) == (None, {})


def test_an_outage_does_not_fill_the_memory() -> None:
    counts = ActivityCounts(clock := Clock())
    for _ in range(3 * UNWRITTEN_MINUTES_MAX):
        clock.now += 60
        counts.took(Timed.WRITE, 1.0, DEFAULT_TENANT)
    kept = {each.minute for each in counts.over(all_=True)}
    assert len(kept) == UNWRITTEN_MINUTES_MAX
    assert max(kept) == time_of(clock.now)


def test_many_tenants_do_not_fill_the_memory() -> None:
    counts = ActivityCounts(Clock())
    for number in range(2 * TENANTS_MAX):
        counts.took(Timed.WRITE, 1.0, Tenant(f"t{number}"))
    assert len(counts.over(all_=True)) == TENANTS_MAX + 1


@pytest.mark.parametrize("hours", range(1, HOURS_MAX + 1))
def test_steps_are_even_and_few(hours: int) -> None:
    span = Span.last(hours, NOON + 1234.5)
    times = span.times()
    assert len(times) <= POINTS_MAX
    assert span.until - span.since == timedelta(hours=hours)
    assert times[-1] + timedelta(seconds=span.step_seconds) == span.until
    assert {time.timestamp() % span.step_seconds for time in times} == {0}


def test_a_step_ends_a_little_before_it_is_shown() -> None:
    assert Span.last(1, NOON + 14).until == time_of(NOON - 60)
    assert Span.last(1, NOON + 15).until == time_of(NOON)

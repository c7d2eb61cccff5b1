"""Counts by minute, and the steps of a span."""

from datetime import timedelta

import pytest

from shared.domain.operations.activity import (
    COLLECTIONS_MAX,
    COLLECTIONS_OF_TENANT_MAX,
    HOURS_MAX,
    POINTS_MAX,
    TENANTS_MAX,
    UNWRITTEN_MINUTES_MAX,
    ActivityCounts,
    MinuteCounts,
    Span,
    Timed,
    time_of,
)
from shared.domain.refs import DEFAULT_TENANT, Collection, Tenant

NOON = 1_795_867_200.0


class Clock:
    now = NOON

    def __call__(self) -> float:
        return self.now


def number(counts: MinuteCounts) -> int:
    """Return how many writes were counted."""
    return sum(counts.histograms.get(Timed.WRITE, ()))


def test_a_minute_is_over_when_the_next_one_begins() -> None:
    counts = ActivityCounts(clock := Clock())
    counts.took(Timed.SEARCH, 2.0, DEFAULT_TENANT)
    counts.failed(DEFAULT_TENANT)
    assert counts.over() == []
    clock.now += 60
    running, mine = counts.over()
    assert (running.within, running.minute, running.failed) == (None, time_of(NOON), 0)
    assert (mine.within, mine.failed) == (DEFAULT_TENANT, 1)
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
    assert shared.within is None
    assert shared.histograms == {Timed.EMBEDDING: [1]}


def test_an_idle_minute_is_told() -> None:
    counts = ActivityCounts(clock := Clock())
    clock.now += 60
    (idle,) = counts.over()
    assert (idle.within, idle.histograms) == (None, {})


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


def test_what_a_collection_does_is_in_the_sum_of_its_tenant() -> None:
    counts = ActivityCounts(Clock())
    for name in ("a", "b", "b"):
        counts.took(Timed.WRITE, 1.0, Collection(DEFAULT_TENANT, name))
        counts.failed(Collection(DEFAULT_TENANT, name))
    counts.took(Timed.WRITE, 1.0, DEFAULT_TENANT)
    found = {each.within: each for each in counts.over(all_=True)}
    assert number(found[DEFAULT_TENANT]) == 4
    assert number(found[Collection(DEFAULT_TENANT, "a")]) == 1
    assert number(found[Collection(DEFAULT_TENANT, "b")]) == 2
    assert [found[DEFAULT_TENANT].failed, found[Collection(DEFAULT_TENANT, "b")].failed] == [3, 2]


def test_many_collections_of_a_tenant_leave_room_for_those_of_others() -> None:
    counts = ActivityCounts(Clock())
    for n in range(2 * COLLECTIONS_MAX):
        counts.took(Timed.WRITE, 1.0, Collection(DEFAULT_TENANT, f"c{n}"))
    other = Collection(Tenant("other"), "c")
    counts.took(Timed.WRITE, 1.0, other)
    found = {each.within: each for each in counts.over(all_=True)}
    assert number(found[DEFAULT_TENANT]) == 2 * COLLECTIONS_MAX
    assert number(found[other]) == 1
    assert len(found) == COLLECTIONS_OF_TENANT_MAX + 4


def test_many_collections_of_many_tenants_do_not_fill_the_memory() -> None:
    counts = ActivityCounts(Clock())
    for n in range(2 * COLLECTIONS_MAX):
        counts.took(Timed.WRITE, 1.0, Collection(Tenant(f"t{n % 50}"), f"c{n}"))
    found = counts.over(all_=True)
    assert sum(isinstance(each.within, Collection) for each in found) == COLLECTIONS_MAX
    assert sum(number(each) for each in found if isinstance(each.within, Tenant)) == (
        2 * COLLECTIONS_MAX
    )


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

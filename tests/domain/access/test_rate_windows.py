"""A limit holds in any minute, and the time of its end is exact."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.access.limits import Limits, Quotas, Unit
from shared.domain.access.process_counts import ProcessCounts
from shared.domain.access.rate_window import SLOT_SECONDS, WINDOW_SECONDS, Charge, refusal

NEVER_MORE = WINDOW_SECONDS + SLOT_SECONDS


def charge(cost: int = 1, limit: int = 10) -> Charge:
    return Charge(Unit.REQUESTS, limit, cost)


def admitted(counts: ProcessCounts, now: float, cost: int = 1, limit: int = 10) -> bool:
    return counts.take("key", [charge(cost, limit)], now).admitted


@pytest.mark.parametrize("start", [0.0, 3.0, 4.999, 1234.5])
def test_a_burst_gets_the_limit_and_no_more(start: float) -> None:
    counts = ProcessCounts(1)
    assert [admitted(counts, start + n / 100) for n in range(15)] == [True] * 10 + [False] * 5
    assert not admitted(counts, start + WINDOW_SECONDS - SLOT_SECONDS)
    assert admitted(counts, start + NEVER_MORE)


def test_a_client_that_sends_evenly_can_use_its_limit_but_for_one() -> None:
    counts = ProcessCounts(1)
    assert all(admitted(counts, n * WINDOW_SECONDS / 100, limit=101) for n in range(1000))


@given(st.lists(st.tuples(st.floats(0, 20), st.integers(1, 40)), max_size=60))
def test_the_wait_is_as_long_as_needed(requests: list[tuple[float, int]]) -> None:
    counts, now = ProcessCounts(1), 1000.0
    for pause, cost in requests:
        now += pause
        charges = [charge(cost, 50)]
        taken = counts.take("key", charges, now)
        if not taken.admitted:
            wait = taken.windows[0].wait(cost)
            assert 0 < wait <= NEVER_MORE
            now += wait
            assert not counts.take("key", [charge(cost, 50)], now - 0.01).admitted
            assert counts.take("key", [charge(cost, 50)], now + 0.001).admitted
            now += 0.001


@given(st.lists(st.tuples(st.floats(0, 9), st.integers(1, 10)), max_size=100))
def test_no_minute_has_more_than_the_limit_and_a_slot(requests: list[tuple[float, int]]) -> None:
    counts, now, sent = ProcessCounts(1), 0.0, []
    for pause, cost in requests:
        now += pause
        if admitted(counts, now, cost, limit=30):
            sent.append((now, cost))
    for start, _ in sent:
        within = [cost for at, cost in sent if start <= at < start + WINDOW_SECONDS - SLOT_SECONDS]
        assert sum(within) <= 30


def test_all_charges_are_counted_or_none() -> None:
    counts = ProcessCounts(1)
    dear = [charge(1), Charge(Unit.BYTES, 100, 80)]
    assert counts.take("key", dear, 0).admitted
    refused = counts.take("key", dear, 1)
    assert not refused.admitted
    assert [window.left for window in refused.windows] == [9, 20]


def test_a_process_has_its_part_of_a_limit() -> None:
    counts = ProcessCounts(4)
    assert [admitted(counts, 0) for _ in range(4)] == [True, True, False, False]


def test_a_request_above_the_part_of_a_process_is_admitted_alone() -> None:
    counts = ProcessCounts(4)
    assert admitted(counts, 0, cost=8)
    assert not admitted(counts, 1, cost=1)
    assert admitted(counts, NEVER_MORE, cost=8)
    assert not admitted(counts, 3 * NEVER_MORE, cost=11)


def test_what_was_counted_elsewhere_counts() -> None:
    counts = ProcessCounts(1)
    counts.add("key", [charge(9)], 0)
    assert [admitted(counts, 1) for _ in range(2)] == [True, False]


def test_the_error_names_the_limit_that_ends_last() -> None:
    counts = ProcessCounts(1)
    charges = [charge(1, limit=1), Charge(Unit.BYTES, 100, 60)]
    counts.take("key", charges, 0)
    error = refusal(charges, counts.take("key", charges, 30).windows)
    assert (error.unit, error.limit) == (Unit.REQUESTS, 1)
    assert error.seconds is not None
    assert 30 < error.seconds <= 35
    assert "may send 1 requests a minute" in str(error)


def test_a_request_that_can_never_pass_says_so() -> None:
    too_large = [Charge(Unit.BYTES, 100, 101)]
    error = refusal(too_large, ProcessCounts(1).take("key", too_large, 0).windows)
    assert error.seconds is None
    assert str(error) == (
        "This request has 101 bytes, and this key may send 100 bytes a minute. Send less at a time."
    )


def test_the_window_tells_what_is_left_and_when_all_is_restored() -> None:
    counts = ProcessCounts(1)
    (window,) = counts.take("key", [charge(4)], 12.0).windows
    assert window.left == 6
    assert window.restored_in == pytest.approx(63.0)
    (later,) = counts.take("key", [charge(0)], 12.0 + 63.1).windows
    assert (later.left, later.restored_in) == (10, 0)


def test_a_tenant_changes_limits_and_unknown_ones_are_left_alone() -> None:
    defaults = Limits(requests_per_minute=5, bytes_per_minute=7)
    own = {"requests_per_minute": 0, "tokens_per_minute": 9, "later": 1, "bytes_per_minute": None}
    assert defaults.changed_by(own) == Limits(0, 7, 9)
    assert Limits(0, 7, 9).set_units == (Unit.BYTES, Unit.TOKENS)
    assert Quotas.of({"documents": 3, "other": "x"}) == Quotas(documents=3)

from shared.domain.resilience.breaker import Breaker


def test_a_breaker_opens_for_longer_each_time_and_closes_at_once() -> None:
    breaker = Breaker(first_pause_seconds=1, longest_pause_seconds=3)
    assert breaker.allows(0)
    pauses, now = [], 100.0
    for _ in range(4):
        breaker.record_failure(now, "timeout")
        pauses.append(breaker.retry_at - now)
        now = breaker.retry_at
    assert pauses == [1, 2, 3, 3]
    assert not breaker.allows(now - 1)
    assert breaker.allows(now)
    assert breaker.reason == "timeout"
    breaker.record_success()
    assert breaker.closed
    assert breaker.allows(0)


def test_failures_of_calls_that_had_begun_make_the_pause_no_longer() -> None:
    breaker = Breaker(first_pause_seconds=1, longest_pause_seconds=3)
    for _ in range(10):
        breaker.record_failure(100.0, "timeout")
    breaker.record_failure(100.9, "unreachable")
    assert breaker.retry_at == 101
    assert breaker.reason == "unreachable"

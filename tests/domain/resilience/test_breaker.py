from shared.domain.resilience.breaker import Breaker


def test_a_breaker_opens_for_longer_each_time_and_closes_at_once() -> None:
    breaker = Breaker(first_pause_seconds=1, longest_pause_seconds=3)
    assert breaker.allows(0)
    pauses = []
    for _ in range(4):
        breaker.record_failure(100.0, "timeout")
        pauses.append(breaker.retry_at - 100)
    assert pauses == [1, 2, 3, 3]
    assert not breaker.allows(102)
    assert breaker.allows(103)
    assert breaker.reason == "timeout"
    breaker.record_success()
    assert breaker.closed
    assert breaker.allows(0)

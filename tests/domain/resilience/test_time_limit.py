from shared.domain.resilience.time_limit import TimeLimit


def test_a_time_limit_fits_the_server_and_recovers_from_hanging() -> None:
    limit = TimeLimit((5.0, 30.0, 120.0))
    assert limit.seconds == 120  # nothing is known yet
    limit.succeeded(0.2)
    assert limit.seconds == 5
    limit.succeeded(2.0)
    assert limit.seconds == 30
    limit.succeeded(50.0)
    assert limit.seconds == 120
    limit.succeeded(0.2)
    seen = []
    for _ in range(4):
        seen.append(limit.seconds)
        limit.timed_out()
    assert seen == [5, 30, 120, 5]
    fresh = TimeLimit((5.0, 120.0))
    fresh.timed_out()
    assert fresh.seconds == 5

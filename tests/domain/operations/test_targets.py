from shared.domain.operations.durations import Percentiles, percentiles
from shared.domain.operations.targets import LatencyTargets

TARGETS = LatencyTargets(search_p50=200, search_p99=500, first_token_p95=3000)


def test_each_target_has_its_own_percentile() -> None:
    search = percentiles([*[100.0] * 98, 400.0, 800.0])
    states = TARGETS.states(search, percentiles([3000.0]))
    assert {name: each.measured_ms for name, each in states.items()} == {
        "search_p50": 100.0,
        "search_p99": 400.0,
        "first_token_p95": 3000.0,
    }
    assert {each.met for each in states.values()} == {True}


def test_a_missed_target_and_one_that_nothing_measured() -> None:
    states = TARGETS.states(percentiles([200.1, 499.0, 501.0]), Percentiles(0))
    assert states["search_p50"].met is False
    assert states["search_p99"].met is False
    assert states["first_token_p95"].met is None
    assert states["first_token_p95"].target_ms == 3000

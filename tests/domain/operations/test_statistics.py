"""Figures that are derived from others."""

import pytest

from shared.domain.documents.document import Lane
from shared.domain.operations.statistics import Durations, TenantStatistics, Totals, Waiting


def statistics(
    waited: float, recently: int, last_minute: int, paused: str | None = None
) -> TenantStatistics:
    backlog = Waiting(
        pending={Lane.BULK: 4800},
        oldest_seconds={Lane.BULK: waited},
        failed=0,
        workers=1,
        workers_paused={paused: 1} if paused else {},
    )
    totals = Totals(
        documents=5000,
        ready=200,
        embedded_last_minute=last_minute,
        embedded_recently=recently,
        model="m",
        digest="d",
        dimensions=8,
    )
    return TenantStatistics(backlog, totals, Durations([], []))


@pytest.mark.parametrize(
    ("waited", "recently", "last_minute", "paused", "expected"),
    [
        (16, 150, 150, None, 480.0),  # a young import: the last minute was mostly idle
        (300, 150, 2400, None, 480.0),  # it has become slower
        (300, 2, 60, None, 4800.0),  # a slow model
        (300, 2, 3, None, None),
        (5, 150, 150, None, None),  # the window contains idle time
        (30, 0, 150, None, None),
        (300, 150, 600, "timeout", None),
    ],
)
def test_the_forecast_uses_a_rate_without_idle_time(
    waited: float, recently: int, last_minute: int, paused: str | None, expected: float | None
) -> None:
    assert statistics(waited, recently, last_minute, paused).queue_empty_seconds == expected

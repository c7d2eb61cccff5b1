"""The latencies that the operator aims at, and whether the recent ones meet them."""

from collections.abc import Mapping
from dataclasses import dataclass

from shared.domain.operations.durations import Percentiles


@dataclass(frozen=True, slots=True)
class TargetState:
    """A target and the percentile measured over `count` durations, None without any."""

    target_ms: float
    measured_ms: float | None
    count: int

    @property
    def met(self) -> bool | None:
        return None if self.measured_ms is None else self.measured_ms <= self.target_ms


@dataclass(frozen=True, slots=True)
class LatencyTargets:
    """The targets, in milliseconds, by percentile."""

    search_p50: float
    search_p99: float
    first_token_p95: float

    def states(self, search: Percentiles, first_token: Percentiles) -> Mapping[str, TargetState]:
        """Return the state of each target by its name."""
        return {
            "search_p50": TargetState(self.search_p50, search.p50_ms, search.count),
            "search_p99": TargetState(self.search_p99, search.p99_ms, search.count),
            "first_token_p95": TargetState(
                self.first_token_p95, first_token.p95_ms, first_token.count
            ),
        }

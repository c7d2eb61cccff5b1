"""The durations of the last minute and their percentiles, in milliseconds."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from shared.domain.operations.activity import ActivityCounts, Timed
from shared.domain.operations.recent_rows import RecentRows, Rows, tenant_number
from shared.domain.refs import Collection, Tenant, tenant_of

WINDOW_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Percentiles:
    """Percentiles of `count` durations in milliseconds; None without any."""

    count: int
    p50_ms: float | None = None
    p95_ms: float | None = None
    p99_ms: float | None = None


def percentiles(durations_ms: Sequence[float]) -> Percentiles:
    """Return percentiles by nearest rank: each is one of the durations."""
    ordered = sorted(durations_ms)
    if not ordered:
        return Percentiles(0)
    # The smallest duration that at least `percent` of them do not exceed, in integer arithmetic.
    nearest = [ordered[-(-len(ordered) * percent // 100) - 1] for percent in (50, 95, 99)]
    return Percentiles(len(ordered), *(round(duration, 2) for duration in nearest))


class RecentDurations:
    """The durations of the last minute, up to the newest `capacity` of them.

    Several threads may record while one reads.
    """

    def __init__(self, capacity: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._rows = RecentRows(capacity, WINDOW_SECONDS, clock)

    def record(self, milliseconds: float) -> None:
        """Add a duration that ended now."""
        self._rows.record(milliseconds)

    def milliseconds(self) -> list[float]:
        """Return the durations of the last minute, the oldest first."""
        return [duration for (duration,) in self._rows.rows()]


REQUESTS_KEPT = 5_000


class TenantDurations:
    """The durations of a kind of request in the last minute, by tenant."""

    def __init__(self, rows: Rows | None = None) -> None:
        """Each of the `rows` has two numbers. Without them, those of this process are kept."""
        self._rows = rows or RecentRows(REQUESTS_KEPT, WINDOW_SECONDS)

    def record(self, tenant: Tenant, milliseconds: float) -> None:
        """Add a duration that ended now."""
        self._rows.record(tenant_number(tenant), milliseconds)

    def milliseconds(self, tenant: Tenant) -> list[float]:
        number = tenant_number(tenant)
        return [duration for of_tenant, duration in self._rows.rows() if of_tenant == number]


@dataclass(frozen=True, slots=True)
class RequestDurations:
    """The durations of the API's answers: the recent ones, and counts of all."""

    write: TenantDurations = field(default_factory=TenantDurations)
    search: TenantDurations = field(default_factory=TenantDurations)
    activity: ActivityCounts = field(default_factory=ActivityCounts)

    def record(self, timed: Timed, within: Collection | Tenant, milliseconds: float) -> None:
        """Add the duration of a search or a write that ended now."""
        recent = self.search if timed is Timed.SEARCH else self.write
        recent.record(tenant_of(within), milliseconds)
        self.activity.took(timed, milliseconds, within)

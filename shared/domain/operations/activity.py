"""What happens, counted by minute and kept for a day."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import zip_longest

from shared.domain.documents.document import Lane
from shared.domain.operations.histogram import BUCKETS, Histogram, bucket_of, percentile
from shared.domain.refs import Collection, Tenant

MINUTE_SECONDS = 60
POINTS_MAX = 300
HOURS_MAX = 24
LOOK_SECONDS = 5.0
"""How often a process looks whether a minute is over. That costs no statement."""
LATE_SECONDS = 15
"""By then, all processes have written the minute before."""
UNWRITTEN_MINUTES_MAX = 60
TENANTS_MAX = 1000
"""In a minute, a process counts so many tenants."""
COLLECTIONS_MAX = 1000
"""In a minute, a process counts so many collections. The others are only in their tenant's sum."""
COLLECTIONS_OF_TENANT_MAX = 100
"""So many of them may be of one tenant."""

Clock = Callable[[], float]


class Timed(StrEnum):
    """What takes time."""

    SEARCH = "search"
    WRITE = "write"
    WAITING = "waiting"
    """From the write of a text until it is searchable: one for each document that became ready."""
    EMBEDDING = "embedding"
    """A call of the model, which is of no tenant and of no collection."""


@dataclass(frozen=True, slots=True)
class MinuteCounts:
    """What a process has counted in a minute: within a collection or a tenant.

    None stands for what all share.
    """

    minute: datetime
    within: Collection | Tenant | None
    failed: int
    histograms: Mapping[Timed, Histogram]


@dataclass(slots=True)
class _Counts:
    failed: int = 0
    buckets: dict[Timed, list[int]] = field(default_factory=dict)

    def add(self, timed: Timed, milliseconds: float) -> None:
        self.buckets.setdefault(timed, [0] * BUCKETS)[bucket_of(milliseconds)] += 1


class _Minute:
    """The counts of a minute: what all share, and a bounded number of tenants and collections."""

    def __init__(self) -> None:
        self.counts: dict[Collection | Tenant | None, _Counts] = {None: _Counts()}
        self._tenants = 0
        self._collections = 0
        self._collections_of: Counter[Tenant] = Counter()

    def of(self, within: Collection | Tenant | None) -> Iterator[_Counts]:
        """Yield what a count is added to: a collection also counts for its tenant."""
        if isinstance(within, Collection):
            yield from self.of(within.tenant)
        if within not in self.counts:
            self._begin(within)
        if within in self.counts:
            yield self.counts[within]

    def _begin(self, within: Collection | Tenant | None) -> None:
        """Count within another tenant or collection, if there is room for it."""
        if isinstance(within, Tenant) and self._tenants < TENANTS_MAX:
            self._tenants += 1
            self.counts[within] = _Counts()
        if isinstance(within, Collection) and self._has_room(within.tenant):
            self._collections += 1
            self._collections_of[within.tenant] += 1
            self.counts[within] = _Counts()

    def _has_room(self, tenant: Tenant) -> bool:
        has_room = self._collections < COLLECTIONS_MAX
        return has_room and self._collections_of[tenant] < COLLECTIONS_OF_TENANT_MAX


class ActivityCounts:
    """Counts in memory, minute by minute, until `forget` is called. Several threads may count.

    `clock` returns seconds since 1970.
    """

    def __init__(self, clock: Clock = time.time) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._minutes: dict[int, _Minute] = {}
        self._begin_minute()

    def took(
        self, timed: Timed, milliseconds: float, within: Collection | Tenant | None = None
    ) -> None:
        """Count a duration that ended now. The calls of the model are of no tenant."""
        with self._lock:
            for counts in self._of(within):
                counts.add(timed, milliseconds)

    def failed(self, within: Collection | Tenant) -> None:
        """Count a document that failed for good."""
        with self._lock:
            for counts in self._of(within):
                counts.failed += 1

    def over(self, *, all_: bool = False) -> list[MinuteCounts]:
        """Return the minutes that are over, or all of them, the oldest first.

        Each minute in which this process ran has counts of what all share.
        """
        with self._lock:
            current = self._begin_minute()
            return [
                _minute_counts(minute, within, counts)
                for minute, counted in sorted(self._minutes.items())
                if all_ or minute < current
                for within, counts in counted.counts.items()
            ]

    def forget(self, written: Sequence[MinuteCounts]) -> None:
        """Forget minutes that are stored."""
        with self._lock:
            for minute in {int(each.minute.timestamp()) // MINUTE_SECONDS for each in written}:
                self._minutes.pop(minute, None)

    def _of(self, within: Collection | Tenant | None) -> Iterator[_Counts]:
        return self._minutes[self._begin_minute()].of(within)

    def _begin_minute(self) -> int:
        """Return the current minute. If too many are not stored, the oldest goes."""
        minute = int(self._clock() // MINUTE_SECONDS)
        if minute not in self._minutes:
            self._minutes[minute] = _Minute()
            if len(self._minutes) > UNWRITTEN_MINUTES_MAX:
                del self._minutes[min(self._minutes)]
        return minute


def _minute_counts(
    minute: int, within: Collection | Tenant | None, counts: _Counts
) -> MinuteCounts:
    histograms = {timed: _trimmed(buckets) for timed, buckets in counts.buckets.items()}
    return MinuteCounts(time_of(minute * MINUTE_SECONDS), within, counts.failed, histograms)


def _trimmed(buckets: list[int]) -> Histogram:
    used = max(bucket for bucket, count in enumerate(buckets) if count)
    return buckets[: used + 1]


@dataclass(frozen=True, slots=True)
class Span:
    """Evenly spaced steps. They begin at multiples of the step, so that points do not move."""

    since: datetime
    until: datetime
    step_seconds: int

    @classmethod
    def last(cls, hours: int, now: float) -> "Span":
        """Return the complete steps of the last hours, at most POINTS_MAX."""
        minutes = -(-hours * 60 // POINTS_MAX)
        step = minutes * MINUTE_SECONDS
        until = int((now - LATE_SECONDS) // step) * step
        return cls(time_of(until - hours * 3600 // step * step), time_of(until), step)

    def times(self) -> list[datetime]:
        """Return the begin of each step."""
        step = timedelta(seconds=self.step_seconds)
        return [self.since + n * step for n in range((self.until - self.since) // step)]


@dataclass(frozen=True, slots=True)
class ActivityPoint:
    """What happened during a step.

    `workers` is the smallest number that was seen, and `pending` the largest by lane; None if no
    process could look.
    """

    time: datetime
    workers: int | None
    pending: Mapping[Lane, int] | None
    failed: int
    histograms: Mapping[Timed, Histogram]

    def count(self, timed: Timed) -> int:
        """Return how many durations were counted."""
        return sum(self.histograms.get(timed, ()))

    def percentiles(self, timed: Timed) -> tuple[float, float] | None:
        """Return the 50th and the 95th percentile in milliseconds, or None without durations."""
        found = [percentile(self.histograms.get(timed, ()), percent) for percent in (50, 95)]
        return None if found[0] is None or found[1] is None else (found[0], found[1])


@dataclass(frozen=True, slots=True)
class Activity:
    """The points of a span. None stands for a step in which no process ran."""

    span: Span
    points: Sequence[tuple[datetime, ActivityPoint | None]]

    @property
    def total(self) -> ActivityPoint | None:
        """All points added up, or None if no process ran."""
        points = [point for _, point in self.points if point]
        if not points:
            return None
        return ActivityPoint(
            time=self.span.since,
            workers=None,
            pending=None,
            failed=sum(point.failed for point in points),
            histograms={
                timed: _added_up([point.histograms.get(timed, ()) for point in points])
                for timed in Timed
            },
        )


def _added_up(histograms: Sequence[Histogram]) -> Histogram:
    return [sum(counts) for counts in zip_longest(*histograms, fillvalue=0)]


def time_of(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)

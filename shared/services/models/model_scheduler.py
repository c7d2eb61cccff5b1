"""Schedules requests to the model server: few at a time, those of short work first."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count

from shared.domain.embedding.fair_shares import NOBODY, Share, VirtualTimes

PATIENCE_SECONDS = (0.0, 0.25, 0.5, 1.0, 1.0, 1.0)
"""By length: a request lets those of shorter work pass for this long, so no flood stops it."""
TURNS_IN_A_ROW = (1, 1, 1, 8, 8, 8)
"""By length: after this many turns a work goes behind others. Most bulk work needs fewer."""

BACKFILL = len(PATIENCE_SECONDS) - 1
"""The length of work that nobody waits for."""
REST = 3
"""After a request of such work, other work has the model for so many times as long."""


@dataclass(slots=True)
class Work:
    """A series of requests for a claim of one length, the next one at `position`.

    `check` runs when a request has its turn, and may raise. `model_seconds` is the model's time
    that they used.
    """

    length: int
    position: int
    share: Share
    turns: int = 0
    model_seconds: float = 0.0
    check: Callable[[], None] = lambda: None


@dataclass(slots=True, eq=False)
class _Waiting:
    """A waiting request. `position` orders those of a tenant, `due_at` decides between lengths."""

    work: Work
    position: int
    due_at: float

    @property
    def length(self) -> int:
        return self.work.length


class ModelScheduler:
    """Admits `at_a_time` requests to the model server.

    Work takes turns, so that short work does not wait for long work. Bulk work has several turns
    in a row: otherwise two batches would end together, and the model would be idle while both are
    stored. Backfill has all of the time while there is no other work, and a quarter otherwise.
    Among requests of the same length, the tenant that used the least of the model goes first. A
    request that is out of patience does not pass shorter ones of tenants that used less.
    """

    def __init__(self, at_a_time: int) -> None:
        self._free = at_a_time
        self._waiting: list[list[_Waiting]] = [[] for _ in PATIENCE_SECONDS]
        self._numbers = count()
        self._changed = threading.Condition()
        self._times = VirtualTimes()
        self._backfill_may_go_at = float("-inf")
        self._others_had_turns = False

    def begin(self, length: int = 0, share: Share = NOBODY) -> Work:
        """Return new work, which may take many turns, one at a time."""
        return Work(length, next(self._numbers), share)

    def _position(self, work: Work) -> int:
        """Return the position of the next request."""
        if work.turns == TURNS_IN_A_ROW[work.length]:
            work.position, work.turns = next(self._numbers), 0
        work.turns += 1
        return work.position

    @contextmanager
    def turn(self, work: Work) -> Iterator[None]:
        """Wait for a turn and hold it inside the block."""
        due_at = time.monotonic() + PATIENCE_SECONDS[work.length]
        mine = _Waiting(work, self._position(work), due_at)
        with self._changed:
            self._waiting[work.length].append(mine)
            while not (self._free and self._next() is mine):
                self._changed.wait(self._rest_seconds())
            self._waiting[work.length].remove(mine)
            self._free -= 1
            self._times.begin(work.share)
            self._others_had_turns |= work.length != BACKFILL
            self._changed.notify_all()
        started = time.monotonic()
        try:
            yield
        finally:
            self._end(work, time.monotonic() - started)

    def _end(self, work: Work, seconds: float) -> None:
        with self._changed:
            self._free += 1
            self._times.end(work.share, seconds)
            if work.length == BACKFILL:
                self._rest(seconds)
            self._changed.notify_all()

    def _next(self) -> _Waiting | None:
        """Return the request whose turn it is. Backfill has none while it rests."""
        lengths = self._waiting[:BACKFILL] if self._rest_seconds() else self._waiting
        first_ones = [min(waiting, key=self._order) for waiting in lengths if waiting]
        first = min(first_ones, key=_due_at, default=None)
        used_less = [each for each in first_ones if first and self._goes_before(each, first)]
        return min(used_less, key=_due_at, default=first)

    def _order(self, waiting: _Waiting) -> tuple[tuple[float, int], int]:
        return self._times.rank(waiting.work.share), waiting.position

    def _goes_before(self, shorter: _Waiting, due: _Waiting) -> bool:
        """Return whether a request goes before one that is out of patience."""
        if shorter.length >= due.length:
            return False
        return self._times.rank(shorter.work.share) < self._times.rank(due.work.share)

    def _rest(self, worked_seconds: float) -> None:
        self._backfill_may_go_at = time.monotonic() + REST * worked_seconds
        self._others_had_turns = False

    def _rest_seconds(self) -> float | None:
        """Return for how long backfill leaves the model to others, or None if it need not."""
        left = self._backfill_may_go_at - time.monotonic()
        is_wanted = self._others_had_turns or any(self._waiting[:BACKFILL])
        return left if is_wanted and left > 0 else None


def _due_at(waiting: _Waiting) -> float:
    return waiting.due_at

"""Schedules requests to the model server: few at a time, those of short work first."""

import heapq
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count

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
    """A series of requests for a claim of one length, the next one at `position`."""

    length: int
    position: int
    turns: int = 0


@dataclass(order=True, slots=True)
class _Waiting:
    """A waiting request. `position` orders its length, `due_at` decides between lengths."""

    position: int
    due_at: float = field(compare=False)


class ModelScheduler:
    """Admits `at_a_time` requests to the model server.

    Work takes turns, so that short work does not wait for long work. Bulk work has several turns
    in a row: otherwise two batches would end together, and the model would be idle while both are
    stored. Backfill has all of the time while there is no other work, and a quarter otherwise.
    """

    def __init__(self, at_a_time: int) -> None:
        self._free = at_a_time
        self._waiting: list[list[_Waiting]] = [[] for _ in PATIENCE_SECONDS]
        self._numbers = count()
        self._changed = threading.Condition()
        self._backfill_may_go_at = float("-inf")
        self._others_had_turns = False

    def begin(self, length: int = 0) -> Work:
        """Return new work, which may take many turns, one at a time."""
        return Work(length, next(self._numbers))

    def _position(self, work: Work) -> int:
        """Return the position of the next request."""
        if work.turns == TURNS_IN_A_ROW[work.length]:
            work.position, work.turns = next(self._numbers), 0
        work.turns += 1
        return work.position

    @contextmanager
    def turn(self, work: Work) -> Iterator[None]:
        """Wait for a turn and hold it inside the block."""
        mine = _Waiting(self._position(work), time.monotonic() + PATIENCE_SECONDS[work.length])
        others = self._waiting[work.length]
        with self._changed:
            heapq.heappush(others, mine)
            while not (self._free and self._next() is mine):
                self._changed.wait(self._rest_seconds())
            heapq.heappop(others)
            self._free -= 1
            self._others_had_turns |= work.length != BACKFILL
            self._changed.notify_all()
        started = time.monotonic()
        try:
            yield
        finally:
            with self._changed:
                self._free += 1
                if work.length == BACKFILL:
                    self._rest(time.monotonic() - started)
                self._changed.notify_all()

    def _next(self) -> _Waiting | None:
        """Return the request whose turn it is. Backfill has none while it rests."""
        lengths = self._waiting[:BACKFILL] if self._rest_seconds() else self._waiting
        first = (waiting[0] for waiting in lengths if waiting)
        return min(first, key=lambda waiting: waiting.due_at, default=None)

    def _rest(self, worked_seconds: float) -> None:
        self._backfill_may_go_at = time.monotonic() + REST * worked_seconds
        self._others_had_turns = False

    def _rest_seconds(self) -> float | None:
        """Return for how long backfill leaves the model to others, or None if it need not."""
        left = self._backfill_may_go_at - time.monotonic()
        is_wanted = self._others_had_turns or any(self._waiting[:BACKFILL])
        return left if is_wanted and left > 0 else None

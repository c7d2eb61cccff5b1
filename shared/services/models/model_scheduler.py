"""Schedules requests to the model server: few at a time, those of short work first."""

import heapq
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count

PATIENCE_SECONDS = (0.0, 0.25, 0.5, 1.0, 1.0)
"""By length: a request lets those of shorter work pass for this long, so no flood stops it."""
TURNS_IN_A_ROW = (1, 1, 1, 8, 8)
"""By length: after this many turns a work goes behind others. Most bulk work needs fewer."""


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
    stored.
    """

    def __init__(self, at_a_time: int) -> None:
        self._free = at_a_time
        self._waiting: list[list[_Waiting]] = [[] for _ in PATIENCE_SECONDS]
        self._numbers = count()
        self._changed = threading.Condition()

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
            self._changed.wait_for(lambda: self._free and self._next() is mine)
            heapq.heappop(others)
            self._free -= 1
            self._changed.notify_all()
        try:
            yield
        finally:
            with self._changed:
                self._free += 1
                self._changed.notify_all()

    def _next(self) -> _Waiting:
        first = (waiting[0] for waiting in self._waiting if waiting)
        return min(first, key=lambda waiting: waiting.due_at)

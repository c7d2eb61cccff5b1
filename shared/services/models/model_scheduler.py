"""Schedules requests to the model server: few at a time, interactive ones first."""

import heapq
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count

from shared.domain.documents.document import Lane

PATIENCE_SECONDS = {Lane.INTERACTIVE: 0.0, Lane.BULK: 1.0}
"""A bulk request lets interactive ones pass for this long, so that a flood cannot stop it."""
TURNS_IN_A_ROW = {Lane.INTERACTIVE: 1, Lane.BULK: 8}
"""After this many turns a work goes behind the others of its lane. Most bulk work needs fewer."""


@dataclass(slots=True)
class Work:
    """A series of requests of one lane, the next one at `position`."""

    lane: Lane
    position: int
    turns: int = 0


@dataclass(order=True, slots=True)
class _Waiting:
    """A waiting request. `position` orders its lane, `due_at` decides between lanes."""

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
        self._waiting: dict[Lane, list[_Waiting]] = {lane: [] for lane in Lane}
        self._numbers = count()
        self._changed = threading.Condition()

    def begin(self, lane: Lane) -> Work:
        """Return new work, which may take many turns, one at a time."""
        return Work(lane, next(self._numbers))

    def _position(self, work: Work) -> int:
        """Return the position of the next request."""
        if work.turns == TURNS_IN_A_ROW[work.lane]:
            work.position, work.turns = next(self._numbers), 0
        work.turns += 1
        return work.position

    @contextmanager
    def turn(self, work: Work) -> Iterator[None]:
        """Wait for a turn and hold it inside the block."""
        mine = _Waiting(self._position(work), time.monotonic() + PATIENCE_SECONDS[work.lane])
        lane = self._waiting[work.lane]
        with self._changed:
            heapq.heappush(lane, mine)
            self._changed.wait_for(lambda: self._free and self._next() is mine)
            heapq.heappop(lane)
            self._free -= 1
            self._changed.notify_all()
        try:
            yield
        finally:
            with self._changed:
                self._free += 1
                self._changed.notify_all()

    def _next(self) -> _Waiting:
        first = (waiting[0] for waiting in self._waiting.values() if waiting)
        return min(first, key=lambda waiting: waiting.due_at)

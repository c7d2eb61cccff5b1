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


@dataclass(frozen=True, slots=True)
class Work:
    """A series of requests of one lane; a smaller `number` is older."""

    lane: Lane
    number: int


@dataclass(order=True, slots=True)
class _Waiting:
    """A waiting request. `position` orders its lane, `due_at` decides between lanes."""

    position: int
    due_at: float = field(compare=False)


class ModelScheduler:
    """Admits `at_a_time` requests to the model server.

    The oldest bulk work goes first: if two took turns, both would end together and the model
    would be idle while both are stored. Interactive work takes turns, so that a short one does
    not wait for a long one.
    """

    def __init__(self, at_a_time: int) -> None:
        self._free = at_a_time
        self._waiting: dict[Lane, list[_Waiting]] = {lane: [] for lane in Lane}
        self._numbers = count()
        self._changed = threading.Condition()

    def begin(self, lane: Lane) -> Work:
        """Return new work, which may take many turns, one at a time."""
        return Work(lane, next(self._numbers))

    @contextmanager
    def turn(self, work: Work) -> Iterator[None]:
        """Wait for a turn and hold it inside the block."""
        position = work.number if work.lane is Lane.BULK else next(self._numbers)
        mine = _Waiting(position, time.monotonic() + PATIENCE_SECONDS[work.lane])
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

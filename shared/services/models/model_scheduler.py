"""The way to the model server: few requests at a time, those that somebody waits for first."""

import heapq
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count

from shared.domain.documents.document import Lane

PATIENCE_SECONDS = {Lane.INTERACTIVE: 0.0, Lane.BULK: 1.0}
"""Bulk lets others pass for so long: it goes second, and a flood of others can't stop it."""


@dataclass(frozen=True, slots=True)
class Work:
    """What a lane's requests are made for; `number` tells how old it is."""

    lane: Lane
    number: int


@dataclass(order=True, slots=True)
class _Waiting:
    """A request that waits: within its lane by `place`, between lanes by when it is due."""

    place: int
    due_at: float = field(compare=False)


class ModelScheduler:
    """Lends the model server.

    Of bulk work the oldest goes first: if two took turns they would end together, and the model
    would idle while both are stored. Interactive work takes turns, for a short one may wait
    behind a long one.
    """

    def __init__(self, at_a_time: int) -> None:
        self._free = at_a_time
        self._waiting: dict[Lane, list[_Waiting]] = {lane: [] for lane in Lane}
        self._numbers = count()
        self._changed = threading.Condition()

    def begin(self, lane: Lane) -> Work:
        """Return a new piece of work, which may ask for many turns, one at a time."""
        return Work(lane, next(self._numbers))

    @contextmanager
    def turn(self, work: Work) -> Iterator[None]:
        """Wait for a turn, and hold it inside the block."""
        place = work.number if work.lane is Lane.BULK else next(self._numbers)
        mine = _Waiting(place, time.monotonic() + PATIENCE_SECONDS[work.lane])
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

"""The way to the model server: few requests at a time, those that somebody waits for first."""

import heapq
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

from shared.domain.documents import Lane

PATIENCE_SECONDS = {Lane.INTERACTIVE: 0.0, Lane.BULK: 1.0}
"""Bulk lets others pass for so long: it goes second, and a flood of others can't stop it."""


class ModelGate:
    """Lends the model server, by arrival and patience."""

    def __init__(self, at_a_time: int) -> None:
        self._free = at_a_time
        self._waiting: list[tuple[float, int]] = []
        self._tickets = count()
        self._changed = threading.Condition()

    @contextmanager
    def turn(self, lane: Lane) -> Iterator[None]:
        """Wait for a turn, and hold it inside the block."""
        ticket = (time.monotonic() + PATIENCE_SECONDS[lane], next(self._tickets))
        with self._changed:
            heapq.heappush(self._waiting, ticket)
            self._changed.wait_for(lambda: self._free and self._waiting[0] == ticket)
            heapq.heappop(self._waiting)
            self._free -= 1
            self._changed.notify_all()
        try:
            yield
        finally:
            with self._changed:
                self._free += 1
                self._changed.notify_all()

"""Limits the concurrent tasks of a lane in a worker. Bulk never takes the last thread."""

import threading
from collections.abc import Mapping

from shared.domain.documents.document import Lane


class LaneLimiter:
    """Counts the free slots of each lane, and remembers tasks that found none."""

    def __init__(self, slots: Mapping[Lane, int]) -> None:
        self._free = dict(slots)
        self._turned_away: set[Lane] = set()
        self._lock = threading.Lock()

    def enter(self, lane: Lane) -> bool:
        """Take a slot. If none is free, remember that and return False."""
        with self._lock:
            if not self._free[lane]:
                self._turned_away.add(lane)
                return False
            self._free[lane] -= 1
            return True

    def leave(self, lane: Lane) -> bool:
        """Give a slot back; return whether a task found none in the meantime."""
        with self._lock:
            self._free[lane] += 1
            turned_away = lane in self._turned_away
            self._turned_away.discard(lane)
            return turned_away

    def has_room(self, lane: Lane) -> bool:
        with self._lock:
            return self._free[lane] > 0

"""How many tasks of a lane a worker does at once: bulk never takes its last thread."""

import threading
from collections.abc import Mapping

from shared.domain.documents.document import Lane


class LaneLimiter:
    """Counts the tasks under way in each lane, and those that found no room."""

    def __init__(self, slots: Mapping[Lane, int]) -> None:
        self._free = dict(slots)
        self._turned_away: set[Lane] = set()
        self._lock = threading.Lock()

    def enter(self, lane: Lane) -> bool:
        """Take a slot, or note that somebody was turned away."""
        with self._lock:
            if not self._free[lane]:
                self._turned_away.add(lane)
                return False
            self._free[lane] -= 1
            return True

    def leave(self, lane: Lane) -> bool:
        """Give a slot back; return whether somebody was turned away meanwhile."""
        with self._lock:
            self._free[lane] += 1
            turned_away = lane in self._turned_away
            self._turned_away.discard(lane)
            return turned_away

    def has_room(self, lane: Lane) -> bool:
        """Return whether another task of the lane would find a slot."""
        with self._lock:
            return self._free[lane] > 0

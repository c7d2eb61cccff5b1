"""Shares a worker's threads between lanes, and between short and long documents."""

import threading
from collections import defaultdict

from shared.domain.documents.document import Lane
from shared.domain.embedding.flows import LENGTHS


class LaneLimiter:
    """Work of length N leaves N threads to shorter work, or as many as there are.

    A task begins with its lane's shortest length. It may lengthen for a claim.
    """

    def __init__(self, threads: int) -> None:
        self.threads = threads
        lengths = [length for lane in Lane for length in LENGTHS[lane]]
        self._free = [max(1, threads - length) for length in sorted(lengths)]
        self._turned_away: defaultdict[int, set[Lane]] = defaultdict(set)
        self._lock = threading.Lock()

    def enter(self, lane: Lane) -> bool:
        """Begin a task. If there is no room, remember that and return False."""
        shortest = LENGTHS[lane].start
        with self._lock:
            full = [length for length in range(shortest + 1) if not self._free[length]]
            for length in full:
                self._turned_away[length].add(lane)
            if not full:
                self._take(range(shortest + 1))
            return not full

    def leave(self, lane: Lane) -> set[Lane]:
        """End a task. Return the lanes that found no room and may find some now."""
        return self._give_back(range(LENGTHS[lane].start + 1))

    def lengthen(self, lane: Lane, most: int | None = None) -> int:
        """Take as much room for long documents as there is, up to `most`; return the longest."""
        end = LENGTHS[lane].stop if most is None else most + 1
        longest, *longer = range(LENGTHS[lane].start, end)
        with self._lock:
            for length in longer:
                if not self._free[length]:
                    self._turned_away[length].add(lane)
                    break
                self._free[length] -= 1
                longest = length
        return longest

    def shorten(self, before: int, after: int) -> set[Lane]:
        """Give room for long documents back. Return the lanes that may find some now."""
        return self._give_back(range(after + 1, before + 1))

    def has_room(self, lane: Lane) -> bool:
        """Return whether another task can begin."""
        with self._lock:
            return all(self._free[: LENGTHS[lane].start + 1])

    def _take(self, lengths: range) -> None:
        for length in lengths:
            self._free[length] -= 1

    def _give_back(self, lengths: range) -> set[Lane]:
        with self._lock:
            for length in lengths:
                self._free[length] += 1
            return {lane for length in lengths for lane in self._turned_away.pop(length, ())}

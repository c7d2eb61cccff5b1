"""Shares a worker's threads, so that long work never takes the last one."""

import threading
from collections import Counter
from enum import Enum

from shared.domain.documents.document import Lane


class Place(Enum):
    """What a thread is taken for. A task takes its lane's place, a long document one more."""

    INTERACTIVE = "interactive"
    BULK = "bulk"
    LONG_INTERACTIVE = "long interactive"
    LONG_BULK = "long bulk"


TASK = {Lane.INTERACTIVE: Place.INTERACTIVE, Lane.BULK: Place.BULK}
LONG = {Lane.INTERACTIVE: Place.LONG_INTERACTIVE, Lane.BULK: Place.LONG_BULK}
_LANES = {place: lane for places in (TASK, LONG) for lane, place in places.items()}
_TASKS = frozenset(TASK.values())
_LONG_WORK = frozenset({Place.BULK, Place.LONG_INTERACTIVE})
_LONG_DOCUMENTS = frozenset({Place.LONG_BULK})


class LaneLimiter:
    """Counts the places that are taken, and remembers what found none.

    Long work is bulk tasks and long interactive documents. Each of the two leaves a thread to the
    other, and both leave one to short interactive documents. Long bulk documents leave a place to
    other bulk tasks. With fewer than four threads, some of them have to share.
    """

    def __init__(self, threads: int) -> None:
        most = max(1, threads - 2)
        self._limits = {
            frozenset({Place.BULK}): most,
            frozenset({Place.LONG_INTERACTIVE}): most,
            _LONG_WORK: max(1, threads - 1),
            _LONG_DOCUMENTS: max(1, most - 1),
            _TASKS: threads,
        }
        self._taken: Counter[Place] = Counter()
        self._turned_away: set[Place] = set()
        self._lock = threading.Lock()

    def enter(self, place: Place) -> bool:
        """Take a place. If none is free, remember that and return False."""
        with self._lock:
            if not self._is_free(place):
                self._turned_away.add(place)
                return False
            self._taken[place] += 1
            return True

    def leave(self, place: Place) -> set[Lane]:
        """Give a place back. Return the lanes that found none and may find one now."""
        with self._lock:
            self._taken[place] -= 1
            sharing = {place, *(_LONG_WORK if place in _LONG_WORK else ())}
            returning = self._turned_away & sharing
            self._turned_away -= returning
            return {_LANES[each] for each in returning}

    def has_room(self, place: Place) -> bool:
        with self._lock:
            return self._is_free(place)

    def _is_free(self, place: Place) -> bool:
        return all(
            sum(self._taken[each] for each in places) < limit
            for places, limit in self._limits.items()
            if place in places
        )

"""Rows of numbers that say what happened recently."""

import time
from collections import deque
from collections.abc import Callable
from typing import Protocol

Row = tuple[float, ...]


class Rows(Protocol):
    def record(self, *row: float) -> None:
        """Add a row for something that ended now."""

    def rows(self) -> list[Row]:
        """Return the rows of the window."""


class RecentRows:
    """The rows of the last `window_seconds`, up to the newest `capacity` of them.

    Several threads may record while one reads.
    """

    def __init__(
        self,
        capacity: int,
        window_seconds: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._clock = clock
        self._window_seconds = window_seconds
        self._recorded: deque[tuple[float, Row]] = deque(maxlen=capacity)

    def record(self, *row: float) -> None:
        """Add a row for something that ended now."""
        self._recorded.append((self._clock(), row))

    def rows(self) -> list[Row]:
        """Return the rows of the window, the oldest first."""
        since = self._clock() - self._window_seconds
        return [row for ended, row in self._recorded.copy() if ended > since]

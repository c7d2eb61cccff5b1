"""Rows of numbers that say what happened recently."""

import time
from collections import deque
from collections.abc import Callable
from functools import lru_cache
from hashlib import sha256
from typing import Protocol

from shared.domain.refs import Tenant

Row = tuple[float, ...]


class Rows(Protocol):
    def record(self, *row: float) -> None:
        """Add a row for something that ended now."""

    def rows(self) -> list[Row]:
        """Return the rows of the window."""


@lru_cache(maxsize=1000)
def tenant_number(tenant: Tenant) -> float:
    """Return the number by which rows know a tenant. No other tenant has it, in all likelihood."""
    return float(int.from_bytes(sha256(tenant.name.encode()).digest()[:6]))


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

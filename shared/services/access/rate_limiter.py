"""Limits what keys send, by Redis or, while it does not answer, by this process alone."""

import time
from collections.abc import Callable, Sequence

from shared.domain.access.process_counts import ProcessCounts
from shared.domain.access.rate_window import Charge, Taken
from shared.domain.access_errors import RateLimitsUnavailable
from shared.ports.rate_limits import RateLimits


class RateLimiter:
    """Counts in Redis and in the process. Without Redis a key has this process's part of its limit.

    What the process counted before counts then, too. So an outage of Redis begins no new minute.
    """

    def __init__(
        self, shared: RateLimits, processes: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._shared = shared
        self._own = ProcessCounts(processes)
        self._clock = clock

    async def take(self, key: str, charges: Sequence[Charge]) -> Taken:
        """Count all charges of a request, or none if one exceeds its limit."""
        try:
            taken = await self._shared.take(key, charges)
        except RateLimitsUnavailable:
            return self._own.take(key, charges, self._clock())
        if taken.admitted:
            self._own.add(key, charges, self._clock())
        return taken

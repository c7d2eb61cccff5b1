"""What keys have sent in the last minute, counted for all API processes together."""

from collections.abc import Sequence
from typing import Protocol

from shared.domain.access.rate_window import Charge, Taken


class RateLimits(Protocol):
    """Counts what keys send."""

    async def take(self, key: str, charges: Sequence[Charge]) -> Taken:
        """Count all charges of a request, or none if one exceeds its limit.

        Raises RateLimitsUnavailable within a fraction of a second.
        """

"""The last minute of what a key has sent, in slots of five seconds.

The oldest slot counts by the part of it that lies within the minute. So a limit is kept in any
minute, up to one slot, and a client that sends evenly can use nearly all of it.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from shared.domain.access.limits import Unit
from shared.domain.access_errors import RateLimited

WINDOW_SECONDS = 60
SLOT_SECONDS = 5
SLOTS = WINDOW_SECONDS // SLOT_SECONDS


class Charge(NamedTuple):
    """What a request costs, and the limit of its key."""

    unit: Unit
    limit: int
    cost: int


@dataclass(frozen=True, slots=True)
class Window:
    """The counts of the slots, from the present one to the oldest.

    `elapsed` is the part of the present one that is over, from 0 to 1.
    """

    limit: int
    counts: Sequence[int]
    elapsed: float

    @property
    def spent(self) -> float:
        return sum(self.counts[:SLOTS]) + self.counts[SLOTS] * (1 - self.elapsed)

    @property
    def left(self) -> int:
        return max(0, math.floor(self.limit - self.spent))

    @property
    def restored_in(self) -> float:
        """The seconds until nothing is spent."""
        ages = [age for age, count in enumerate(self.counts) if count]
        return (SLOTS + 1 - ages[0] - self.elapsed) * SLOT_SECONDS if ages else 0.0

    def wait(self, cost: int) -> float:
        """Return the seconds until there is room for a cost, which must not exceed the limit."""
        excess, seconds = self.spent + cost - self.limit, 0.0
        for age in range(SLOTS, -1, -1):
            if excess <= 0:
                break
            part = 1 - self.elapsed if age == SLOTS else 1.0
            counted = self.counts[age] * part
            seconds += part * SLOT_SECONDS * min(1.0, excess / counted if counted else 1.0)
            excess -= counted
        return seconds


@dataclass(frozen=True, slots=True)
class Taken:
    """Whether a request was admitted, and the windows of its charges afterwards."""

    admitted: bool
    windows: Sequence[Window]


def refusal(charges: Sequence[Charge], windows: Sequence[Window]) -> RateLimited:
    """Return the error of a request that was not admitted. It names the limit that ends last."""
    for unit, limit, cost in charges:
        if cost > limit:
            return RateLimited(unit, limit, cost, None)
    waits = [window.wait(charge.cost) for charge, window in zip(charges, windows, strict=True)]
    unit, limit, cost = charges[waits.index(max(waits))]
    return RateLimited(unit, limit, cost, max(waits))

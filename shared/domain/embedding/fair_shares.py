"""Fair shares of the model's time between tenants.

A tenant's virtual time is the model time that it used, divided by its weight. The tenant with the
least goes first. A tenant that had no work does not catch up: it starts where the others are.
"""

import math
from collections import Counter
from dataclasses import dataclass

from shared.domain.refs import DEFAULT_TENANT, Tenant


@dataclass(frozen=True, slots=True)
class Share:
    """A tenant's part of the model. One of weight 3 has three times the time of one of weight 1."""

    tenant: Tenant = DEFAULT_TENANT
    weight: float = 1.0


NOBODY = Share(Tenant(""), math.inf)
"""The share of requests that check the model. They use no tenant's time."""


@dataclass(frozen=True, slots=True)
class DueTenant:
    """A tenant with due documents, and the models that they are due under."""

    share: Share
    model_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class UsedShare:
    """How long the model has worked for a tenant in a lane."""

    tenant: str
    lane: str
    seconds: float


class VirtualTimes:
    """The virtual times of the tenants whose requests one process sends. Not safe for threads.

    The clock is the virtual time at which the last request began. A tenant whose own time is older
    is as old as the clock, so only those ahead of it are kept.
    """

    def __init__(self) -> None:
        self._clock = 0.0
        self._times: dict[Tenant, float] = {}
        self._running: Counter[Tenant] = Counter()

    def rank(self, share: Share) -> tuple[float, int]:
        """Return what orders the tenants: the least virtual time, then the fewest requests."""
        return self._time(share.tenant), self._running[share.tenant]

    def begin(self, share: Share) -> None:
        """Record that a request begins."""
        self._clock = self._time(share.tenant)
        self._times = {each: time for each, time in self._times.items() if time > self._clock}
        self._running[share.tenant] += 1

    def end(self, share: Share, seconds: float) -> None:
        """Add the duration of a request that ended."""
        self._times[share.tenant] = self._time(share.tenant) + seconds / share.weight
        self._running[share.tenant] -= 1
        self._running += Counter()  # forgets those without requests

    def _time(self, tenant: Tenant) -> float:
        return max(self._clock, self._times.get(tenant, self._clock))

"""The last hour of activity, by a clock that tests set."""

from collections.abc import Callable

from shared.domain.operations.activity import ActivityPoint
from shared.domain.refs import DEFAULT_TENANT, Collection, Tenant
from shared.services.operations.activity import ActivityService

NOON = 1_795_867_200.0
OTHER = Tenant("other")

Make = Callable[[], ActivityService]
"""Makes a process of the API."""


class Clock:
    now = NOON

    def __call__(self) -> float:
        return self.now


async def points(
    service: ActivityService, within: Collection | Tenant = DEFAULT_TENANT
) -> list[ActivityPoint]:
    """Return the steps of the last hour in which a process ran."""
    found = await service.read(within, 1)
    return [point for _, point in found.points if point]


async def last(
    service: ActivityService, within: Collection | Tenant = DEFAULT_TENANT
) -> ActivityPoint:
    return (await points(service, within))[-1]

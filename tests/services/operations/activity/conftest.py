"""A clock, and processes that count by it."""

import pytest

from shared.db.kit.pool import AsyncDatabase
from shared.domain.operations.activity import ActivityCounts
from shared.services.operations.activity import ActivityService
from tests.services.operations.activity.minutes import Clock, Make


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def make(async_database: AsyncDatabase, clock: Clock) -> Make:
    return lambda: ActivityService(async_database, ActivityCounts(clock), clock)

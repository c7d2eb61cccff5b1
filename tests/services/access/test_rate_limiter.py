"""Without Redis a key is still limited, and not closed."""

from collections.abc import Sequence

import pytest

from shared.domain.access.limits import Unit
from shared.domain.access.process_counts import ProcessCounts
from shared.domain.access.rate_window import Charge, Taken
from shared.domain.access_errors import RateLimitsUnavailable
from shared.services.access.rate_limiter import RateLimiter

pytestmark = pytest.mark.anyio

CHARGES = [Charge(Unit.REQUESTS, 20, 1)]


class FakeRedis:
    def __init__(self) -> None:
        self.counts = ProcessCounts(1)
        self.answers = True
        self.now = 1000.0

    async def take(self, key: str, charges: Sequence[Charge]) -> Taken:
        if not self.answers:
            raise RateLimitsUnavailable
        return self.counts.take(key, charges, self.now)

    def clock(self) -> float:
        return self.now


async def admitted(limiter: RateLimiter, times: int) -> int:
    return sum([(await limiter.take("acme/key", CHARGES)).admitted for _ in range(times)])


async def test_an_outage_begins_no_new_minute() -> None:
    redis = FakeRedis()
    limiter = RateLimiter(redis, processes=2, clock=redis.clock)
    assert await admitted(limiter, 7) == 7
    redis.answers = False
    assert await admitted(limiter, 20) == 3


async def test_an_outage_closes_no_key() -> None:
    redis = FakeRedis()
    redis.answers = False
    limiter = RateLimiter(redis, processes=2, clock=redis.clock)
    for _ in range(5):
        assert await admitted(limiter, 20) == 10
        redis.now += 65


async def test_all_processes_together_keep_the_limit() -> None:
    redis = FakeRedis()
    limiters = [RateLimiter(redis, processes=4, clock=redis.clock) for _ in range(4)]
    redis.answers = False
    assert sum([await admitted(each, 20) for each in limiters]) == 20


async def test_after_an_outage_redis_decides() -> None:
    redis = FakeRedis()
    limiter = RateLimiter(redis, processes=2, clock=redis.clock)
    redis.answers = False
    assert await admitted(limiter, 20) == 10
    redis.answers = True
    assert await admitted(limiter, 30) == 20

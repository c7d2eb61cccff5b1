"""Limits in Redis: shared by processes, exact, and quickly given up if Redis does not answer."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
import redis
from pydantic import SecretStr

from local import ports
from shared.adapters.redis import rate_limits
from shared.adapters.redis.rate_limits import PREFIX, SLOT_MS, RedisRateLimits
from shared.config import Settings
from shared.domain.access.limits import Unit
from shared.domain.access.rate_window import SLOTS, Charge
from shared.domain.access_errors import RateLimitsUnavailable

pytestmark = pytest.mark.anyio


@pytest.fixture
def key() -> str:
    return f"acme/{uuid4().hex}"


def new_limits(url: str) -> RedisRateLimits:
    return RedisRateLimits(Settings(redis_url=SecretStr(url)))


@pytest.fixture
async def limits(monkeypatch: pytest.MonkeyPatch, redis_url: str) -> AsyncIterator[RedisRateLimits]:
    monkeypatch.setattr(rate_limits, "TIMEOUT_SECONDS", 10)  # a busy machine may take long
    limits = new_limits(redis_url)
    yield limits
    await limits.close()


def one(cost: int = 1, limit: int = 10, unit: Unit = Unit.REQUESTS) -> list[Charge]:
    return [Charge(unit, limit, cost)]


async def test_two_processes_share_a_limit(
    limits: RedisRateLimits, redis_url: str, key: str
) -> None:
    other = new_limits(redis_url)
    calls = [each.take(key, one()) for _ in range(10) for each in (limits, other)]
    taken = await asyncio.gather(*calls)
    assert sum(each.admitted for each in taken) == 10
    assert (await other.take("acme/another", one())).admitted
    await other.close()


async def test_all_charges_are_counted_or_none(limits: RedisRateLimits, key: str) -> None:
    charges = [Charge(Unit.REQUESTS, 10, 1), Charge(Unit.BYTES, 100, 80)]
    first, second = await limits.take(key, charges), await limits.take(key, charges)
    assert (first.admitted, second.admitted) == (True, False)
    assert [window.left for window in first.windows] == [9, 20]
    assert [window.left for window in second.windows] == [9, 20]


async def test_asking_costs_nothing(limits: RedisRateLimits, redis_url: str, key: str) -> None:
    taken = await limits.take(key, one(cost=0))
    assert taken.windows[0].left == 10
    with redis.Redis.from_url(redis_url) as client:
        assert not client.exists(f"{PREFIX}{key}:requests")


async def test_what_is_older_than_a_minute_does_not_count(
    limits: RedisRateLimits, redis_url: str, key: str
) -> None:
    name, slot = f"{PREFIX}{key}:requests", int(time.time() * 1000) // SLOT_MS
    with redis.Redis.from_url(redis_url) as client:
        client.hset(name, mapping={str(slot - SLOTS - 2): 100, str(slot - 3): 9})
        assert [(await limits.take(key, one())).admitted for _ in range(2)] == [True, False]
        assert not client.hexists(name, str(slot - SLOTS - 2))
        assert 0 < client.ttl(name) <= 65


async def test_counts_of_the_future_are_forgotten(
    limits: RedisRateLimits, redis_url: str, key: str
) -> None:
    """The clock of Redis was set back."""
    name, slot = f"{PREFIX}{key}:requests", int(time.time() * 1000) // SLOT_MS
    with redis.Redis.from_url(redis_url) as client:
        client.hset(name, str(slot + 1000), 100)
        assert (await limits.take(key, one())).admitted


async def test_large_numbers_are_exact(limits: RedisRateLimits, key: str) -> None:
    taken = await limits.take(key, one(cost=10**12 - 1, limit=10**12, unit=Unit.BYTES))
    assert taken.windows[0].left == 1


async def test_without_redis_it_is_unavailable() -> None:
    unreachable = new_limits(f"redis://127.0.0.1:{ports.free_port()}/0")
    with pytest.raises(RateLimitsUnavailable):
        await unreachable.take("acme/key", one())


async def test_a_redis_that_hangs_is_waited_for_once() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=8) as silent:
        hanging = new_limits(f"redis://127.0.0.1:{silent.getsockname()[1]}/0")
        hanging._client._breaker.first_pause_seconds = 60
        hanging._client._breaker.longest_pause_seconds = 60
        async with asyncio.timeout(30):
            for _ in range(500):
                with pytest.raises(RateLimitsUnavailable):
                    await hanging.take("acme/key", one())
        silent.setblocking(False)  # noqa: FBT003
        silent.accept()[0].close()
        with pytest.raises(BlockingIOError):
            silent.accept()

"""The cache of query vectors: shared, bounded and never slow."""

import asyncio
import socket
from collections.abc import AsyncIterator
from hashlib import sha256
from typing import Any

import pytest
import redis
from pydantic import SecretStr

from local import ports
from shared.adapters.redis import query_cache
from shared.adapters.redis.query_cache import PREFIX, RedisQueryCache
from shared.config import Settings

pytestmark = pytest.mark.anyio

VECTOR = (0.5, -0.25, 1.0)


def key(text: str) -> bytes:
    return sha256(text.encode()).digest()


def new_cache(url: str, **settings: Any) -> RedisQueryCache:  # noqa: ANN401
    return RedisQueryCache(Settings(redis_url=SecretStr(url), **settings))


@pytest.fixture
def generous_time_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine may take longer than the time limit of a search allows."""
    monkeypatch.setattr(query_cache, "TIMEOUT_SECONDS", 5)


@pytest.fixture
async def cache(generous_time_limit: None, redis_url: str) -> AsyncIterator[RedisQueryCache]:  # noqa: ARG001 - before the cache
    cache = new_cache(redis_url)
    yield cache
    await cache.close()


async def test_another_process_finds_an_entry(cache: RedisQueryCache, redis_url: str) -> None:
    assert await cache.get(key("new")) is None
    await cache.put(key("secret words"), VECTOR)
    other = new_cache(redis_url)
    assert await other.get(key("secret words")) == VECTOR
    await other.close()


async def test_no_text_is_stored_and_every_entry_expires(
    cache: RedisQueryCache, redis_url: str
) -> None:
    await cache.put(key("secret words"), VECTOR)
    with redis.Redis.from_url(redis_url) as client:
        names = [name for name in client.scan_iter(f"{PREFIX}*") if client.ttl(name) > 0]
        assert names
        assert all(b"secret" not in name + (client.get(name) or b"") for name in names)


@pytest.mark.usefixtures("generous_time_limit")
async def test_slots_are_bounded_and_never_confused(redis_url: str) -> None:
    one_slot = new_cache(redis_url, query_cache_shared_entries=1)
    await one_slot.put(key("a"), VECTOR)
    await one_slot.put(key("b"), (1.0,))
    assert await one_slot.get(key("a")) is None
    assert await one_slot.get(key("b")) == (1.0,)
    await one_slot.close()


async def test_the_cache_can_be_disabled() -> None:
    disabled = new_cache("redis://127.0.0.1:1/0", query_cache_shared_entries=0)
    await disabled.put(key("a"), VECTOR)
    assert await disabled.get(key("a")) is None


async def test_nothing_is_found_without_redis() -> None:
    unreachable = new_cache(f"redis://127.0.0.1:{ports.free_port()}/0")
    for _ in range(3):
        assert await unreachable.get(key("a")) is None
        await unreachable.put(key("a"), VECTOR)


async def test_a_redis_that_hangs_is_contacted_once() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=8) as silent:
        hanging = new_cache(f"redis://127.0.0.1:{silent.getsockname()[1]}/0")
        async with asyncio.timeout(5):
            for _ in range(50):
                assert await hanging.get(key("a")) is None
        silent.setblocking(False)  # noqa: FBT003
        connections = 0
        try:
            while True:
                silent.accept()[0].close()
                connections += 1
        except BlockingIOError:
            pass
        assert connections == 1

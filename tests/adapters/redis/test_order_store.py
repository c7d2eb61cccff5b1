"""The store of kept orders: shared, bounded, without text, and clear about its failures."""

import asyncio
import socket
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
import redis
from pydantic import SecretStr
from structlog.testing import capture_logs

from local import ports
from shared.adapters.redis import order_store
from shared.adapters.redis.order_store import INDEX, KEEP_SECONDS, PREFIX, RedisOrderStore
from shared.config import Settings
from shared.domain.errors import OrderStoreUnavailable
from shared.domain.refs import Tenant
from shared.domain.search.fusion import Ranked
from shared.domain.search.kept_order import HASH_BYTES, Cursor, KeptHit, KeptOrder
from shared.domain.search.query import Total

pytestmark = pytest.mark.anyio

MINE, NOISY = Tenant("mine"), Tenant("noisy")
HITS = [
    KeptHit(Ranked(2**62, 1.0, 0.123456789, 0, 12, 0.1, 1, 2, 3), b"\x01" * HASH_BYTES),
    KeptHit(Ranked(7, 0.5, word_score=-1.0, text_rank=1), bytes(HASH_BYTES)),
    KeptHit(Ranked(8, -1.0, -1.0, 4, 5, semantic_rank=9, copies=0), b"\xff" * HASH_BYTES),
]
ORDER = KeptOrder(
    request=b"request",
    database=b"database",
    documents=len(HITS),
    total=Total(2001, is_exact=False),
    languages=["english", "simple"],
    weights={0: 0.1, 17: 12.5},
    model_id=3,
    degraded=True,
)


def new_store(url: str) -> RedisOrderStore:
    return RedisOrderStore(Settings(redis_url=SecretStr(url)))


@pytest.fixture
async def store(monkeypatch: pytest.MonkeyPatch, redis_url: str) -> AsyncIterator[RedisOrderStore]:
    monkeypatch.setattr(order_store, "TIMEOUT_SECONDS", 10)  # a busy machine may take long
    store = new_store(redis_url)
    yield store
    await store.close()


async def kept(store: RedisOrderStore, order: KeptOrder = ORDER, tenant: Tenant = MINE) -> bytes:
    id_ = await store.reserve()
    await store.put(tenant, id_, order, HITS)
    return id_


async def test_another_process_finds_an_order_page_by_page(
    store: RedisOrderStore, redis_url: str
) -> None:
    id_ = await kept(store)
    other = new_store(redis_url)
    for position, limit in [(0, 100), (0, 1), (1, 1), (2, 5), (3, 5), (65535, 5)]:
        found = await other.get(MINE, Cursor(id_, position), limit)
        assert found == (ORDER, HITS[position : position + limit])
    await other.close()


async def test_an_order_without_vectors_comes_back(store: RedisOrderStore) -> None:
    plain = replace(ORDER, model_id=None, weights={}, languages=[], degraded=False)
    found = await store.get(MINE, Cursor(await kept(store, plain), 0), 1)
    assert found == (plain, HITS[:1])


async def test_reading_renews_the_time(store: RedisOrderStore, redis_url: str) -> None:
    id_ = await kept(store)
    name = f"{PREFIX}mine:{id_.hex()}"
    with redis.Redis.from_url(redis_url) as client:
        assert 0 < client.ttl(name) <= KEEP_SECONDS
        client.expire(name, 5)
        client.zadd(INDEX, {name: 1.0})
        assert await store.get(MINE, Cursor(id_, 0), 1)
        assert client.ttl(name) > 5
        assert client.zscore(INDEX, name) > 1.0
        client.delete(name)
    assert await store.get(MINE, Cursor(id_, 0), 1) is None


async def test_the_oldest_order_is_replaced(
    store: RedisOrderStore, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(order_store, "MOST", 3)
    with redis.Redis.from_url(redis_url) as client:
        client.delete(INDEX)
    ids = [await kept(store) for _ in range(5)]
    found = [await store.get(MINE, Cursor(id_, 0), 1) is not None for id_ in ids]
    assert found == [False, False, True, True, True]


async def test_the_tenant_with_the_most_orders_loses_its_oldest(
    store: RedisOrderStore, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(order_store, "MOST", 4)
    with redis.Redis.from_url(redis_url) as client:
        client.delete(INDEX)
    mine = await kept(store)
    noisy = [await kept(store, tenant=NOISY) for _ in range(9)]
    assert await store.get(MINE, Cursor(mine, 0), 1)
    found = [await store.get(NOISY, Cursor(id_, 0), 1) is not None for id_ in noisy]
    assert found == [False] * 6 + [True] * 3


async def test_no_other_tenant_finds_an_order(store: RedisOrderStore) -> None:
    id_ = await kept(store)
    assert await store.get(NOISY, Cursor(id_, 0), 1) is None


async def test_a_guessed_order_is_not_found(store: RedisOrderStore) -> None:
    id_ = await kept(store)
    for guess in (id_[:8] + bytes(8), bytes(16), b"\xff" * 16):
        assert await store.get(MINE, Cursor(guess, 0), 1) is None


async def test_without_redis_it_is_unavailable() -> None:
    unreachable = new_store(f"redis://127.0.0.1:{ports.free_port()}/0")
    with capture_logs() as lines:
        with pytest.raises(OrderStoreUnavailable):
            await unreachable.put(MINE, bytes(16), ORDER, HITS)
        with pytest.raises(OrderStoreUnavailable):
            await unreachable.reserve()
        with pytest.raises(OrderStoreUnavailable):
            await unreachable.get(MINE, Cursor(bytes(16), 0), 1)
    event = {"event": "order_store.unavailable", "detail": "ConnectionError"}
    assert lines == [{**event, "log_level": "warning"}]


async def test_a_redis_that_hangs_is_waited_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(order_store, "TIMEOUT_SECONDS", 0.05)
    with socket.create_server(("127.0.0.1", 0), backlog=8) as silent:
        hanging = new_store(f"redis://127.0.0.1:{silent.getsockname()[1]}/0")
        hanging._client._breaker.first_pause_seconds = 60
        hanging._client._breaker.longest_pause_seconds = 60
        async with asyncio.timeout(30):
            for _ in range(50):
                with pytest.raises(OrderStoreUnavailable):
                    await hanging.reserve()
        silent.setblocking(False)  # noqa: FBT003
        silent.accept()[0].close()
        with pytest.raises(BlockingIOError):
            silent.accept()

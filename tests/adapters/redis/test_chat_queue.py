"""The line for a chat model in Redis: in order, bounded, and free of those who died."""

import asyncio
import random
from collections.abc import AsyncIterator

import pytest
import redis
from pydantic import SecretStr
from structlog.testing import capture_logs

from local import ports
from shared.adapters.redis import chat_queue
from shared.adapters.redis.chat_queue import PREFIX, RedisChatQueue
from shared.config import Settings
from shared.domain.answers.fair_line import FairLine, ticket_of
from shared.domain.errors import ChatQueueUnavailable
from shared.domain.refs import Tenant

pytestmark = pytest.mark.anyio

MODEL = "llama3.2"


def new_queue(url: str, slots: int = 1, queue_max: int = 3) -> RedisChatQueue:
    return RedisChatQueue(
        Settings(redis_url=SecretStr(url), chat_slots=slots, chat_queue_max=queue_max)
    )


@pytest.fixture
async def queue(monkeypatch: pytest.MonkeyPatch, redis_url: str) -> AsyncIterator[RedisChatQueue]:
    monkeypatch.setattr(chat_queue, "TIMEOUT_SECONDS", 10)  # a busy machine may take long
    monkeypatch.setattr(chat_queue, "KEEP_SECONDS", 60)
    with redis.Redis.from_url(redis_url) as client:
        for name in client.scan_iter(f"{PREFIX}*"):
            client.delete(name)
    queue = new_queue(redis_url)
    yield queue
    await queue.close()


async def places(queue: RedisChatQueue, *tickets: str) -> list[int | None]:
    return [await queue.place(MODEL, ticket) for ticket in tickets]


async def test_places_are_those_of_the_first_call(queue: RedisChatQueue) -> None:
    assert await places(queue, "a", "b", "c") == [0, 1, 2]
    assert await places(queue, "c", "a", "b") == [2, 0, 1]


async def test_those_behind_move_up(queue: RedisChatQueue) -> None:
    await places(queue, "a", "b", "c")
    await queue.leave(MODEL, "b")
    assert await places(queue, "a", "c", "b") == [0, 1, 2]


async def test_a_full_line_keeps_its_tickets_and_refuses_others(queue: RedisChatQueue) -> None:
    assert await places(queue, *"abcde") == [0, 1, 2, 3, None]
    assert await places(queue, *"abcd") == [0, 1, 2, 3]
    await queue.leave(MODEL, "a")
    assert await places(queue, "e") == [3]


async def test_another_process_sees_the_same_line(queue: RedisChatQueue, redis_url: str) -> None:
    other = new_queue(redis_url)
    assert await places(queue, "a") == [0]
    assert await places(other, "b") == [1]
    assert len(await other.tickets(MODEL)) == 2
    await queue.leave(MODEL, "a")
    assert await places(other, "b") == [0]
    await other.close()


async def test_each_model_has_its_line(queue: RedisChatQueue, redis_url: str) -> None:
    await queue.place("one", "a")
    assert await queue.place("secret/other", "b") == 0
    with redis.Redis.from_url(redis_url) as client:
        names = list(client.scan_iter(f"{PREFIX}*"))
        assert names
        assert all(b"secret" not in name and client.ttl(name) > 0 for name in names)


async def test_a_ticket_that_nobody_renews_is_lost(
    queue: RedisChatQueue, monkeypatch: pytest.MonkeyPatch
) -> None:
    await places(queue, "dead", "alive")
    monkeypatch.setattr(chat_queue, "KEEP_SECONDS", 0.2)
    async with asyncio.timeout(30):
        while await queue.place(MODEL, "alive") != 0:  # noqa: ASYNC110 - time passes in Redis
            await asyncio.sleep(0.05)
    assert len(await queue.tickets(MODEL)) == 1


async def test_tickets_of_the_future_are_lost(queue: RedisChatQueue, redis_url: str) -> None:
    """The clock of Redis was set back."""
    await places(queue, "dead", "alive")
    with redis.Redis.from_url(redis_url) as client:
        (renewed,) = client.keys(f"{PREFIX}*:renewed")
        client.zincrby(renewed, 3_600_000, "dead")
    assert await places(queue, "alive") == [0]


async def test_a_lost_holder_enters_at_the_front(queue: RedisChatQueue) -> None:
    """All tickets are lost when Redis starts again."""
    await places(queue, "waiting", "behind")
    await queue.hold(MODEL, "holder")
    await queue.hold(MODEL, "waiting")
    assert await places(queue, "holder", "waiting", "behind", "last") == [0, 1, 2, 3]


async def test_a_call_that_is_cancelled_leaves_no_ticket(queue: RedisChatQueue) -> None:
    for number in range(50):
        entering = asyncio.create_task(queue.place(MODEL, f"t{number}"))
        await asyncio.sleep(0)
        entering.cancel()
        leaving = asyncio.create_task(queue.leave(MODEL, f"t{number}"))
        await asyncio.sleep(0)
        leaving.cancel()
        await asyncio.gather(entering, leaving, return_exceptions=True)
    assert len(await queue.tickets(MODEL)) == 0


async def test_without_redis_it_is_unavailable() -> None:
    unreachable = new_queue(f"redis://127.0.0.1:{ports.free_port()}/0")
    with capture_logs() as lines:
        with pytest.raises(ChatQueueUnavailable):
            await unreachable.place(MODEL, "a")
        with pytest.raises(ChatQueueUnavailable):
            await unreachable.hold(MODEL, "a")
        with pytest.raises(ChatQueueUnavailable):
            await unreachable.tickets(MODEL)
        await unreachable.leave(MODEL, "a")
    event = {"event": "chat_queue.unavailable", "detail": "ConnectionError"}
    assert lines == [{**event, "log_level": "warning"}]


@pytest.mark.usefixtures("queue")
async def test_tenants_are_served_as_in_the_line_of_a_process(redis_url: str) -> None:
    chosen = random.Random(7)
    shared, local = new_queue(redis_url, 2, 6), FairLine(2, 8)
    for number in range(200):
        tenant = chosen.choice([Tenant("noisy")] * 3 + [Tenant("quiet"), Tenant("third")])
        ticket = ticket_of(tenant, f"{number:04}")
        assert await shared.place(MODEL, ticket) == local.place(ticket)
        if chosen.random() < 0.7:
            leaving = chosen.choice(local.tickets()[:3])
            local.leave(leaving)
            await shared.leave(MODEL, leaving)
    await shared.close()

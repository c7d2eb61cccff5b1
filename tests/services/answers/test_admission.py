"""Slots of a chat model: in order, bounded, never leaked, and shared by all processes."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import pytest
import redis
from pydantic import SecretStr
from structlog.testing import capture_logs

from shared.adapters.redis import chat_queue
from shared.adapters.redis.chat_queue import PREFIX, RedisChatQueue
from shared.config import Settings
from shared.domain.answers.waiting import LineLength, Queued
from shared.domain.errors import TooBusy
from shared.ports.meters import ApiMeter
from shared.services.answers import admission as admissions
from shared.services.answers.admission import Admission
from tests.support.server_processes import Redis

pytestmark = pytest.mark.anyio

MODEL = "llama3.2"
CLIENTS = 64


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine may take long."""
    monkeypatch.setattr(chat_queue, "TIMEOUT_SECONDS", 10)
    monkeypatch.setattr(chat_queue, "KEEP_SECONDS", 60)


@pytest.fixture
def empty_redis_url(redis_url: str) -> str:
    with redis.Redis.from_url(redis_url) as client:
        for name in client.scan_iter(f"{PREFIX}*"):
            client.delete(name)
    return redis_url


@asynccontextmanager
async def admitting(url: str, slots: int = 1, queue_max: int = CLIENTS) -> AsyncIterator[Admission]:
    """Run the admission of one process."""
    queue = RedisChatQueue(
        Settings(redis_url=SecretStr(url), chat_slots=slots, chat_queue_max=queue_max)
    )
    admission = Admission(queue, slots, queue_max, ApiMeter())
    yield admission
    await admission.close()
    await queue.close()


@pytest.fixture
async def admission(empty_redis_url: str) -> AsyncIterator[Admission]:
    async with admitting(empty_redis_url) as admission:
        yield admission


class Answers:
    """What generates, and for how long: until it is let go."""

    def __init__(self) -> None:
        self.began: list[int] = []
        self.running = 0
        self.most = 0
        self.let_go = asyncio.Event()
        self.reported: dict[int, list[Queued]] = {}

    async def ask(self, admission: Admission, number: int) -> None:
        async with admission.enter(MODEL) as turn:
            self.reported[number] = [queued async for queued in turn.waiting()]
            self.began.append(number)
            self.running += 1
            self.most = max(self.most, self.running)
            try:
                await self.let_go.wait()
                await asyncio.sleep(0.001)
                turn.measure()
            finally:
                self.running -= 1

    async def begun(self, count: int) -> None:
        await until(lambda: len(self.began) >= count)


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not holds():  # noqa: ASYNC110 - it changes in many places
            await asyncio.sleep(0.005)


async def length_is(admission: Admission, running: int, waiting: int) -> None:
    async with asyncio.timeout(30):
        while await admission.length(MODEL) != LineLength(running, waiting):  # noqa: ASYNC110
            await asyncio.sleep(0.005)


async def in_line(
    admission: Admission, answers: Answers, count: int, first: int = 0
) -> list[asyncio.Task[None]]:
    """Start questions that enter one after the other."""
    asking = []
    for number in range(first, first + count):
        asking.append(asyncio.create_task(answers.ask(admission, number)))
        await length_is(admission, min(1, number + 1), number)
    return asking


async def test_clients_are_served_in_order_one_at_a_time(
    admission: Admission, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those of the same process do not have to ask again: a slot that is left wakes them."""
    monkeypatch.setattr(admissions, "PAUSE_SECONDS", 60)
    monkeypatch.setattr(admissions, "RENEW_SECONDS", 60)
    answers = Answers()
    asking = await in_line(admission, answers, CLIENTS)
    answers.let_go.set()
    await asyncio.gather(*asking)
    assert answers.began == list(range(CLIENTS))
    assert answers.most == 1
    await length_is(admission, 0, 0)
    assert answers.reported[0] == []
    for number, reported in answers.reported.items():
        places = [queued.place for queued in reported]
        assert places == sorted(places, reverse=True)
        assert places[:1] == ([number] if number else [])


async def test_the_wait_is_estimated_by_the_answers_before(admission: Admission) -> None:
    async def wait_seconds() -> list[float | None]:
        answers = Answers()
        asking = await in_line(admission, answers, 3)
        answers.let_go.set()
        await asyncio.gather(*asking)
        await length_is(admission, 0, 0)
        return [answers.reported[number][0].wait_seconds for number in (1, 2)]

    assert await wait_seconds() == [None, None]
    first, second = await wait_seconds()
    assert first
    assert second == pytest.approx(2 * first)


async def test_a_full_line_refuses_with_a_time(empty_redis_url: str) -> None:
    async with admitting(empty_redis_url, queue_max=2) as admission:
        answers = Answers()
        asking = await in_line(admission, answers, 3)
        with pytest.raises(TooBusy) as refused:
            await answers.ask(admission, 3)
        assert refused.value.seconds is None
        answers.let_go.set()
        await asyncio.gather(*asking)
        answers.let_go.clear()
        asking = await in_line(admission, answers, 3)
        with pytest.raises(TooBusy) as refused:
            await answers.ask(admission, 3)
        assert refused.value.seconds
        answers.let_go.set()
        await asyncio.gather(*asking)


async def test_the_line_is_bounded_for_all_processes(empty_redis_url: str) -> None:
    async with (
        admitting(empty_redis_url, queue_max=1) as one,
        admitting(empty_redis_url, queue_max=1) as other,
    ):
        answers = Answers()
        asking = await in_line(one, answers, 2)
        with pytest.raises(TooBusy):
            await answers.ask(other, 2)
        answers.let_go.set()
        await asyncio.gather(*asking)
        await length_is(other, 0, 0)


async def test_two_processes_share_the_slots(empty_redis_url: str) -> None:
    async with (
        admitting(empty_redis_url, slots=2) as one,
        admitting(empty_redis_url, slots=2) as other,
    ):
        answers = Answers()
        asking = [
            asyncio.create_task(answers.ask(each, number))
            for number, each in enumerate([one, other] * 8)
        ]
        await answers.begun(2)
        answers.let_go.set()
        await asyncio.gather(*asking)
        assert answers.most == 2


async def test_a_thousand_cancelled_entries_leave_nothing(empty_redis_url: str) -> None:
    chance = random.Random(16)
    async with admitting(empty_redis_url, slots=2) as admission:
        answers = Answers()
        for _ in range(20):
            asking = [asyncio.create_task(answers.ask(admission, n)) for n in range(50)]
            for task in asking:
                if chance.random() < 0.3:
                    await asyncio.sleep(chance.random() * 0.005)
                task.cancel()
            await asyncio.gather(*asking, return_exceptions=True)
        await length_is(admission, 0, 0)
        assert answers.running == 0
        assert not admission._lines
        answers.let_go.set()
        await answers.ask(admission, 0)


async def broken(admission: Admission) -> None:
    async with admission.enter(MODEL) as turn:
        assert [queued async for queued in turn.waiting()] == []
        raise ZeroDivisionError


async def test_an_error_leaves_the_slot(admission: Admission) -> None:
    for _ in range(3):
        with pytest.raises(ZeroDivisionError):
            await broken(admission)
        await length_is(admission, 0, 0)


async def test_a_client_that_leaves_does_not_wait_for_redis(redis_process: Redis) -> None:
    async with admitting(redis_process.url) as admission:
        answers = Answers()
        (holder,) = await in_line(admission, answers, 1)
        await answers.begun(1)
        redis_process.pause()
        entering = asyncio.create_task(answers.ask(admission, 1))
        await asyncio.sleep(0.05)
        for task in (entering, holder):
            task.cancel()
            done, _ = await asyncio.wait([task], timeout=5)
            assert done
        redis_process.resume()
        await length_is(admission, 0, 0)


async def test_a_slot_is_renewed_for_as_long_as_it_is_used(
    admission: Admission, empty_redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(admissions, "RENEW_SECONDS", 0.02)
    answers = Answers()
    asking = await in_line(admission, answers, 1)
    await answers.begun(1)
    with redis.Redis.from_url(empty_redis_url) as client:
        (line,) = client.keys(f"{PREFIX}*:renewed")

        def renewed() -> float:
            ((_, at),) = client.zrange(line, 0, -1, withscores=True)
            return float(at)

        for _ in range(2):
            last = renewed()
            await until(partial(lambda last: renewed() > last, last))
    answers.let_go.set()
    await asyncio.gather(*asking)


async def test_the_slot_of_a_process_that_died_is_free_soon(
    admission: Admission, empty_redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chat_queue, "KEEP_SECONDS", 0.5)
    dead = RedisChatQueue(Settings(redis_url=SecretStr(empty_redis_url)))
    assert await dead.place(MODEL, "dead") == 0
    answers = Answers()
    answers.let_go.set()
    await answers.ask(admission, 0)
    assert answers.began == [0]
    await dead.close()


@pytest.fixture
def redis_process(tmp_path: Path) -> Iterator[Redis]:
    process = Redis(tmp_path)
    process.start()
    yield process
    process.stop()


async def test_nothing_is_lost_when_redis_dies_and_returns(
    redis_process: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(admissions, "RENEW_SECONDS", 0.05)
    async with admitting(redis_process.url) as admission:
        answers = Answers()
        asking = await in_line(admission, answers, 4)
        with capture_logs() as lines:
            redis_process.kill()
            await length_is(admission, 1, 3)
            asking += await in_line(admission, answers, 2, first=4)
            assert answers.began == [0]
            await asyncio.to_thread(redis_process.start)
            await until(lambda: admission._queue._shared._client._breaker.closed)  # type: ignore[attr-defined]
        await length_is(admission, 1, 5)
        assert answers.began == [0]
        assert [line["event"] for line in lines] == ["chat_queue.unavailable"]
        answers.let_go.set()
        await asyncio.gather(*asking)
        assert sorted(answers.began) == list(range(6))
        assert answers.most == 1
        await length_is(admission, 0, 0)


async def test_without_redis_the_order_is_that_of_the_process() -> None:
    async with admitting("redis://127.0.0.1:1/0") as admission:
        answers = Answers()
        with capture_logs() as lines:
            asking = await in_line(admission, answers, 8)
            answers.let_go.set()
            await asyncio.gather(*asking)
        assert answers.began == list(range(8))
        assert answers.most == 1
        assert [line["event"] for line in lines] == ["chat_queue.unavailable"]

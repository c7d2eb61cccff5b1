"""Equal questions share a generation: who sees what, and when it stops."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

import pytest

from shared.domain.answers.events import AnswerEvent, Delta
from shared.domain.answers.waiting import Queued
from shared.domain.errors import TooBusy
from shared.services.answers.shared_generations import SharedGenerations

pytestmark = pytest.mark.anyio


class Source:
    """Generates a few pieces, and says when it was stopped."""

    def __init__(self) -> None:
        self.made = 0
        self.stopped = asyncio.Event()
        self.go_on = asyncio.Event()

    async def events(self) -> AsyncGenerator[AnswerEvent]:
        self.made += 1
        try:
            yield Delta("a")
            await self.go_on.wait()
            yield Delta("b")
        finally:
            self.stopped.set()


async def collected(events: AsyncGenerator[AnswerEvent]) -> str:
    async with aclosing(events):
        return "".join([event.text async for event in events if isinstance(event, Delta)])


async def test_all_see_the_whole_stream_of_one_generation() -> None:
    shared, source = SharedGenerations(), Source()
    readers = [
        asyncio.create_task(collected(shared.follow(b"key", source.events))) for _ in range(3)
    ]
    await asyncio.sleep(0)
    assert shared.is_running(b"key")
    late = asyncio.create_task(collected(shared.follow(b"key", source.events)))
    source.go_on.set()
    assert await asyncio.gather(*readers, late) == ["ab"] * 4
    assert source.made == 1
    assert not shared.is_running(b"key")


async def test_only_the_last_one_that_leaves_stops_it() -> None:
    shared, source = SharedGenerations(), Source()
    first, second = (shared.follow(b"key", source.events) for _ in range(2))
    await anext(first)
    await anext(second)
    await first.aclose()
    await asyncio.sleep(0.01)
    assert not source.stopped.is_set()
    await second.aclose()
    async with asyncio.timeout(1):
        await source.stopped.wait()
    assert not shared.is_running(b"key")


async def test_a_new_generation_starts_after_one_that_was_stopped() -> None:
    shared, source = SharedGenerations(), Source()
    first = shared.follow(b"key", source.events)
    await anext(first)
    await first.aclose()
    source.go_on.set()
    assert await collected(shared.follow(b"key", source.events)) == "ab"
    assert source.made == 2


async def test_all_get_the_error_of_the_generation() -> None:
    async def refused() -> AsyncGenerator[AnswerEvent]:
        events: tuple[AnswerEvent, ...] = ()
        for event in events:
            yield event
        raise TooBusy("full")

    shared = SharedGenerations()
    answers = [collected(shared.follow(b"key", refused)) for _ in range(2)]
    found = await asyncio.gather(*answers, return_exceptions=True)
    assert [type(each) for each in found] == [TooBusy, TooBusy]
    assert not shared.is_running(b"key")


async def test_who_comes_late_sees_only_the_present_place() -> None:
    async def waiting() -> AsyncGenerator[AnswerEvent]:
        for place in (3, 2, 1):
            yield Queued(place, None)
        await asyncio.sleep(60)

    shared = SharedGenerations()
    first = shared.follow(b"key", waiting)
    await anext(first)
    await asyncio.sleep(0)
    late = shared.follow(b"key", waiting)
    assert await anext(late) == Queued(1, None)
    await first.aclose()
    await late.aclose()

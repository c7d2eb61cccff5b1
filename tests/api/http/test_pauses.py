"""Slow events are interrupted by signs of life, and a reader that leaves stops them."""

import asyncio
from collections.abc import AsyncGenerator

import pytest

from api.http.pauses import with_pauses

pytestmark = pytest.mark.anyio


async def test_each_pause_is_reported() -> None:
    go_on = asyncio.Event()

    async def events() -> AsyncGenerator[str]:
        yield "a"
        await go_on.wait()
        yield "b"

    found: list[str | None] = []
    async for event in with_pauses(events(), 0.01):
        found.append(event)
        if found.count(None) == 2:
            go_on.set()
    assert found == ["a", None, None, "b"]


async def test_an_error_is_passed_on() -> None:
    async def events() -> AsyncGenerator[str]:
        yield "a"
        raise ValueError("wrong")

    found = with_pauses(events(), 1)
    assert await anext(found) == "a"
    with pytest.raises(ValueError, match="wrong"):
        await anext(found)


async def test_a_reader_that_leaves_stops_the_events() -> None:
    stopped = asyncio.Event()

    async def events() -> AsyncGenerator[str]:
        try:
            await asyncio.sleep(60)
            yield "a"
        finally:
            stopped.set()

    async def read() -> None:
        async for _ in with_pauses(source, 60):
            pass

    source = events()
    reading = asyncio.create_task(read())
    await asyncio.sleep(0.01)
    reading.cancel()
    await asyncio.wait({reading})
    assert stopped.is_set()
    await source.aclose()

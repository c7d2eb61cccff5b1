"""How long an answer that is costly to find out is kept."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from shared.domain.errors import DatabaseUnavailable
from shared.services.operations.cached_probe import CachedProbe

pytestmark = pytest.mark.anyio


def counting(seconds: float) -> tuple[list[int], Callable[[], Awaitable[int]]]:
    asked: list[int] = []

    async def ask() -> int:
        asked.append(len(asked))
        await asyncio.sleep(seconds)
        return len(asked)

    return asked, ask


async def test_many_who_ask_at_once_are_told_the_same() -> None:
    asked, ask = counting(0.01)
    remembered = CachedProbe(ask)
    assert await asyncio.gather(*(remembered.get() for _ in range(20))) == [1] * 20
    assert len(asked) == 1


async def test_what_takes_long_to_find_out_is_kept_the_longer() -> None:
    asked, ask = counting(0.2)
    kept = CachedProbe(ask, every_seconds=0, max_share=0.01)
    assert [await kept.get() for _ in range(3)] == [1, 1, 1]
    assert len(asked) == 1
    _, ask = counting(0.2)
    renewed = CachedProbe(ask, every_seconds=0)
    assert [await renewed.get() for _ in range(2)] == [1, 2]


async def test_an_outage_is_asked_about_again_soon() -> None:
    async def ask() -> int:
        await asyncio.sleep(0.1)
        asked.append(1)
        raise DatabaseUnavailable("away")

    asked: list[int] = []
    remembered = CachedProbe(ask, every_seconds=0, max_share=0.001)
    async with asyncio.timeout(20):  # what is known would be kept for five times as long
        while len(asked) < 2:
            with pytest.raises(DatabaseUnavailable, match="away"):
                await remembered.get()
            await asyncio.sleep(0.05)

"""Background work ends, even if it loses its cancellation once."""

import asyncio

import pytest

from shared.services.operations.background import in_background, together

pytestmark = pytest.mark.anyio


class Deaf:
    """Work that loses its first cancellation, as asyncio.wait_for may."""

    def __init__(self) -> None:
        self.lost = 0
        self.started = asyncio.Event()

    async def run(self) -> None:
        self.started.set()
        while True:
            try:
                await asyncio.sleep(3600)
            except asyncio.CancelledError:
                if self.lost:
                    raise
                self.lost += 1


async def test_work_that_loses_a_cancellation_ends() -> None:
    alone, inside = Deaf(), Deaf()
    async with asyncio.timeout(30), in_background(alone.run(), together(inside.run())):
        await alone.started.wait()
        await inside.started.wait()
    assert (alone.lost, inside.lost) == (1, 1)


async def test_what_a_work_raised_is_raised_at_the_end() -> None:
    async def fail() -> None:
        raise ValueError("of the work")

    with pytest.raises(ValueError, match="of the work"):
        async with in_background(fail(), asyncio.sleep(3600)):
            await asyncio.sleep(0)


async def test_works_end_together_when_one_fails() -> None:
    async def fail() -> None:
        raise ValueError("of the work")

    deaf = Deaf()
    with pytest.raises(ValueError, match="of the work"):
        await together(fail(), deaf.run())
    assert deaf.lost == 1

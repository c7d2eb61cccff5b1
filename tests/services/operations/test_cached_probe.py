"""How long a costly answer is cached."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from shared.domain.database_errors import DatabaseUnavailable
from shared.services.operations.cached_probe import CachedProbe

pytestmark = pytest.mark.anyio


def slow_counter(seconds: float) -> tuple[list[int], Callable[[], Awaitable[int]]]:
    """Return the recorded calls, and a question whose answer is their number."""
    calls: list[int] = []

    async def ask() -> int:
        calls.append(len(calls))
        await asyncio.sleep(seconds)
        return len(calls)

    return calls, ask


async def test_concurrent_callers_share_one_answer() -> None:
    calls, ask = slow_counter(0.01)
    probe = CachedProbe(ask)
    assert await asyncio.gather(*(probe.get() for _ in range(20))) == [1] * 20
    assert len(calls) == 1


async def test_slow_answer_is_cached_longer() -> None:
    calls, ask = slow_counter(0.2)
    limited = CachedProbe(ask, every_seconds=0, max_share=0.01)
    assert [await limited.get() for _ in range(3)] == [1, 1, 1]
    assert len(calls) == 1
    _, ask = slow_counter(0.2)
    unlimited = CachedProbe(ask, every_seconds=0)
    assert [await unlimited.get() for _ in range(2)] == [1, 2]


async def test_outage_is_checked_again_soon() -> None:
    calls: list[int] = []

    async def ask() -> int:
        calls.append(len(calls))
        await asyncio.sleep(0.1)
        raise DatabaseUnavailable("away")

    probe = CachedProbe(ask, every_seconds=0, max_share=0.001)
    async with asyncio.timeout(20):  # an answer would be cached for 100 seconds
        while len(calls) < 2:
            with pytest.raises(DatabaseUnavailable, match="away"):
                await probe.get()
            await asyncio.sleep(0.05)


async def test_all_who_wait_go_on_at_the_same_moment() -> None:
    """Each turn of a busy event loop takes long, so a line of callers would wait for long."""
    _, ask = slow_counter(0.05)
    probe = CachedProbe(ask)
    turns = 0

    async def count_turns() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    counting = asyncio.create_task(count_turns())
    ends = await asyncio.gather(*(_turn_of(probe, lambda: turns) for _ in range(500)))
    counting.cancel()
    assert max(ends) - min(ends) <= 1


async def _turn_of(probe: CachedProbe[int], turns: Callable[[], int]) -> int:
    await probe.get()
    return turns()


async def test_a_caller_that_leaves_does_not_end_the_call_for_others() -> None:
    calls, ask = slow_counter(0.1)
    probe = CachedProbe(ask)
    leaving, staying = asyncio.create_task(probe.get()), asyncio.create_task(probe.get())
    await asyncio.sleep(0.02)
    leaving.cancel()
    assert await staying == 1
    assert len(calls) == 1


async def test_an_answer_is_renewed_beside_its_callers() -> None:
    calls, ask = slow_counter(0.1)
    probe = CachedProbe(ask, every_seconds=60, renew_after_seconds=0.05)
    assert await probe.get() == 1
    await asyncio.sleep(0.06)
    assert await probe.get() == 1
    await asyncio.sleep(0.2)
    assert len(calls) == 2
    assert await probe.get() == 2

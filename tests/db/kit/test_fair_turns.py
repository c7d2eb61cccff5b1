"""Tenants have the turns of costly work one after the other."""

import asyncio
from contextlib import suppress

import pytest

from shared.db.kit.fair_turns import FairTurns
from shared.domain.refs import Tenant

pytestmark = pytest.mark.anyio

NOISY, QUIET = Tenant("noisy"), Tenant("quiet")


class Work:
    """Pieces of work that end when they are told to."""

    def __init__(self, turns: FairTurns) -> None:
        self._turns = turns
        self.began: list[str] = []
        self.tasks: list[asyncio.Task[None]] = []
        self._ends: dict[str, asyncio.Event] = {}

    async def begin(self, tenant: Tenant, name: str, seconds: float = 30) -> asyncio.Task[None]:
        self._ends[name] = asyncio.Event()
        task = asyncio.create_task(self._run(tenant, name, seconds))
        self.tasks.append(task)
        await asyncio.sleep(0)
        return task

    async def _run(self, tenant: Tenant, name: str, seconds: float) -> None:
        async with self._turns.turn(tenant, seconds):
            self.began.append(name)
            await self._ends[name].wait()

    async def end(self, *names: str) -> None:
        for name in names:
            self._ends[name].set()
            for _ in range(5):
                await asyncio.sleep(0)


async def test_the_tenant_with_the_fewest_turns_is_next() -> None:
    work = Work(FairTurns(2))
    for number in range(6):
        await work.begin(NOISY, f"n{number}")
    for number in range(2):
        await work.begin(QUIET, f"q{number}")
    assert work.began == ["n0", "n1"]
    await work.end("n0")
    assert work.began[2:] == ["q0"]
    await work.end("n1")
    assert work.began[3:] == ["n2"]
    await work.end("q0", "q1", "n2", "n3", "n4", "n5")
    assert set(work.began) == {"n0", "n1", "n2", "n3", "n4", "n5", "q0", "q1"}
    await asyncio.gather(*work.tasks)


async def test_who_waits_too_long_or_leaves_takes_no_turn() -> None:
    turns = FairTurns(1)
    work = Work(turns)
    await work.begin(NOISY, "first")
    late = await work.begin(QUIET, "late", seconds=0)
    left = await work.begin(QUIET, "left")
    last = await work.begin(NOISY, "last")
    with pytest.raises(TimeoutError):
        await late
    left.cancel()
    await work.end("first")
    with suppress(asyncio.CancelledError):
        await left
    await work.end("last")
    await last
    assert work.began == ["first", "last"]
    async with turns.turn(QUIET, 0):
        pass


@pytest.mark.parametrize("steps", range(5))
async def test_a_turn_that_comes_while_its_task_is_cancelled_is_passed_on(steps: int) -> None:
    turns = FairTurns(1)
    work = Work(turns)
    await work.begin(NOISY, "first")
    cancelled = await work.begin(QUIET, "cancelled")
    last = await work.begin(NOISY, "last")
    work._ends["first"].set()
    for _ in range(steps):
        await asyncio.sleep(0)
    cancelled.cancel()
    with suppress(asyncio.CancelledError):
        await cancelled
    await work.end("last")
    await asyncio.wait_for(last, 30)
    assert "last" in work.began

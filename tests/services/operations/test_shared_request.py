"""Those who ask at the same time share one request, and none gets an answer that is too old."""

import asyncio

import pytest

from shared.services.operations.shared_request import SharedRequest

pytestmark = pytest.mark.anyio


class Server:
    """Answers with what is so when it is asked."""

    def __init__(self) -> None:
        self.requests = 0
        self.now = 0
        self.asked = asyncio.Semaphore(0)
        self.answering = asyncio.Event()

    async def ask(self) -> int:
        self.requests += 1
        self.asked.release()
        found = self.now
        await self.answering.wait()
        return found


async def test_who_asks_during_a_request_gets_a_later_one() -> None:
    server = Server()
    shared = SharedRequest(server.ask)
    first = [shared.asked() for _ in range(3)]
    await server.asked.acquire()
    server.now = 1
    later = [shared.asked() for _ in range(3)]
    server.answering.set()
    assert await asyncio.gather(*first, *later) == [0, 0, 0, 1, 1, 1]
    assert server.requests == 2


async def test_a_request_that_hangs_holds_up_the_next_one_for_a_moment_only() -> None:
    server = Server()
    shared = SharedRequest(server.ask, patience_seconds=0.01)
    hanging = shared.asked()
    await server.asked.acquire()
    shared.asked()
    async with asyncio.timeout(10):
        await server.asked.acquire()
    assert not hanging.done()
    server.answering.set()
    await hanging


async def test_a_failure_is_that_of_its_request_alone() -> None:
    server = Server()

    async def ask() -> float:
        return 1 / await server.ask()

    shared = SharedRequest(ask)
    server.answering.set()
    with pytest.raises(ZeroDivisionError):
        await asyncio.shield(shared.asked())
    server.now = 1
    assert await asyncio.shield(shared.asked()) == 1


async def test_who_gives_up_a_request_that_waits_does_not_end_those_after_it() -> None:
    server = Server()
    shared = SharedRequest(server.ask)
    first = shared.asked()
    await server.asked.acquire()
    waiting = shared.asked()
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.wait({waiting})
    server.answering.set()
    server.now = 1
    assert await shared.asked() == 1
    assert await first == 0

"""Of many long requests, one works in each turn of the event loop."""

import asyncio
from collections import Counter

import pytest

from shared.services.operations.long_work import LongWork

pytestmark = pytest.mark.anyio


async def test_long_requests_take_turns() -> None:
    work, turn, worked = LongWork(), 0, Counter[int]()

    async def request() -> None:
        for _ in range(5):
            await work.next_turn()
            worked[turn] += 1

    requests = [asyncio.create_task(request()) for _ in range(4)]
    while not all(request.done() for request in requests):
        await asyncio.sleep(0)
        turn += 1
    assert worked.total() == 20
    assert max(worked.values()) == 1

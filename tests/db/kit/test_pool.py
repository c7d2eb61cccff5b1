"""Requests get a connection in the order in which they came."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from shared.config import Settings
from shared.db.kit.pool import AsyncDatabase
from shared.domain.database_errors import DatabaseUnavailable

pytestmark = pytest.mark.anyio

SIZE = 2
WAITING = 20
WAIT_SECONDS = 2.0


@pytest.fixture
async def small(settings: Settings) -> AsyncIterator[AsyncDatabase]:
    """A database with SIZE connections."""
    database = AsyncDatabase(
        settings.model_copy(
            update={"database_pool_size": SIZE, "database_connect_timeout_seconds": WAIT_SECONDS}
        )
    )
    await database.open()
    yield database
    await database.close()


async def test_connections_are_lent_in_the_order_of_the_requests(small: AsyncDatabase) -> None:
    served: list[int] = []

    async def request(number: int) -> None:
        async with small.connection() as connection:
            served.append(number)
            await connection.execute("SELECT 1")

    async with AsyncExitStack() as held:
        for _ in range(SIZE):
            await held.enter_async_context(small.connection())
        waiting = [asyncio.create_task(request(number)) for number in range(WAITING)]
        await asyncio.sleep(0)
    # Those that come later, and may find a connection that was just returned, wait behind.
    late = [asyncio.create_task(request(WAITING + number)) for number in range(WAITING)]
    await asyncio.gather(*waiting, *late)
    assert served == list(range(2 * WAITING))


async def test_a_full_pool_refuses_only_those_that_have_waited(
    small: AsyncDatabase,
) -> None:
    async with AsyncExitStack() as held:
        for _ in range(SIZE):
            await held.enter_async_context(small.connection())
        started = time.monotonic()
        with pytest.raises(DatabaseUnavailable, match="in use"):
            await held.enter_async_context(small.connection())
        assert time.monotonic() - started > 0.9 * WAIT_SECONDS
    async with small.connection() as connection:
        await connection.execute("SELECT 1")


async def test_a_request_that_gives_up_leaves_its_turn_to_the_next(small: AsyncDatabase) -> None:
    async def request() -> None:
        async with small.connection() as connection:
            await connection.execute("SELECT 1")

    async with AsyncExitStack() as held:
        for _ in range(SIZE):
            await held.enter_async_context(small.connection())
        waiting = [asyncio.create_task(request()) for _ in range(WAITING)]
        await asyncio.sleep(0)
        for task in waiting[::2]:
            task.cancel()
    done = await asyncio.gather(*waiting, return_exceptions=True)
    assert [result is None for result in done] == [n % 2 == 1 for n in range(WAITING)]

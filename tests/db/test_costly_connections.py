"""Costly work has few connections, so that short requests always find one."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from shared.config import Settings
from shared.db.kit import pool
from shared.db.kit.pool import COSTLY_PART, AsyncDatabase
from shared.domain.errors import TooBusy
from shared.domain.refs import DEFAULT_TENANT

pytestmark = pytest.mark.anyio

COSTLY = 2


@pytest.fixture
async def few(settings: Settings) -> AsyncIterator[AsyncDatabase]:
    wanted = settings.model_copy(update={"database_pool_size": COSTLY * COSTLY_PART})
    database = AsyncDatabase(wanted)
    await database.open()
    yield database
    await database.close()


async def test_costly_work_leaves_connections_to_others(few: AsyncDatabase) -> None:
    async with AsyncExitStack() as held:
        for _ in range(COSTLY):
            await held.enter_async_context(few.costly_connection(DEFAULT_TENANT))
        waiting = asyncio.create_task(_use(few))
        async with few.connection() as connection:
            await connection.execute("SELECT 1")
        assert not waiting.done()
    await waiting


async def test_costly_work_that_waits_too_long_is_refused(
    few: AsyncDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool, "COSTLY_WAIT_SECONDS", 0.05)
    async with AsyncExitStack() as held:
        for _ in range(COSTLY):
            await held.enter_async_context(few.costly_connection(DEFAULT_TENANT))
        with pytest.raises(TooBusy):
            await _use(few)
    await _use(few)


async def _use(database: AsyncDatabase) -> None:
    async with database.costly_connection(DEFAULT_TENANT) as connection:
        await connection.execute("SELECT 1")

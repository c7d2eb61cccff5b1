"""Counts are added once, whatever interrupts a process."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import NoReturn

import pytest
from psycopg.errors import DivisionByZero
from structlog.testing import capture_logs

from shared.db.kit.pool import AsyncConnection, AsyncDatabase
from shared.db.operations import activity
from shared.domain.database_errors import DatabaseUnavailable
from shared.domain.operations.activity import Timed
from shared.domain.refs import DEFAULT_TENANT
from tests.services.operations.activity.minutes import Clock, Make, last

pytestmark = pytest.mark.anyio


async def test_the_last_minute_of_a_process_is_kept(make: Make, clock: Clock) -> None:
    stopping = make()
    stopping.counts.took(Timed.WRITE, 5.0, DEFAULT_TENANT)
    await stopping.finish()
    clock.now += 75
    point = await last(make())
    assert point.count(Timed.WRITE) == 1
    assert (point.workers, point.pending) == (None, None)  # nobody has looked


async def test_an_outage_loses_no_counts(
    make: Make,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
    async_database: AsyncDatabase,
) -> None:
    service = make()
    service.counts.took(Timed.WRITE, 5.0, DEFAULT_TENANT)
    clock.now += 75
    with monkeypatch.context() as patch:
        patch.setattr(async_database, "connection", _unavailable)
        with pytest.raises(DatabaseUnavailable):
            await service.write()
    await service.write()
    assert (await last(service)).count(Timed.WRITE) == 1


async def test_counts_are_added_once_if_the_sample_fails(
    make: Make, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = make()
    service.counts.took(Timed.WRITE, 5.0, DEFAULT_TENANT)
    clock.now += 75
    with monkeypatch.context() as patch:
        patch.setattr(activity, "_SAMPLE", "SELECT 1 / 0 WHERE %(minute)s::timestamptz IS NOT NULL")
        with pytest.raises(DivisionByZero):
            await service.write()
    await service.write()
    assert (await last(service)).count(Timed.WRITE) == 1


async def test_counts_are_added_once_if_the_process_stops_while_it_writes(
    make: Make,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
    async_database: AsyncDatabase,
) -> None:
    stored, returns = asyncio.Event(), asyncio.Event()
    lend = async_database.connection

    @asynccontextmanager
    async def slow_return() -> AsyncIterator[AsyncConnection]:
        async with lend() as connection:
            yield connection
        stored.set()
        await returns.wait()

    service = make()
    service.counts.took(Timed.WRITE, 5.0, DEFAULT_TENANT)
    clock.now += 75
    with monkeypatch.context() as patch:
        patch.setattr("shared.services.operations.activity.LOOK_SECONDS", 0)
        patch.setattr(async_database, "connection", slow_return)
        running = asyncio.create_task(service.run())
        await stored.wait()
        running.cancel()
        await asyncio.wait({running})
        returns.set()
        await service.finish()
    assert (await last(service)).count(Timed.WRITE) == 1


async def test_an_error_is_logged_until_it_changes(
    make: Make,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
    async_database: AsyncDatabase,
) -> None:
    service = make()
    clock.now += 75
    monkeypatch.setattr(async_database, "connection", _unavailable)
    with capture_logs() as logs:
        await service.finish()
        await service.finish()
    assert [each["event"] for each in logs] == ["loop.failed"]


def _unavailable() -> NoReturn:
    raise DatabaseUnavailable("refused")

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, suppress

import pytest

from shared.db.events import events
from shared.db.kit.pool import AsyncConnection, AsyncDatabase
from shared.domain.events.event import Event, Position
from shared.ports.meters import ApiMeter
from shared.services.events.event_feed import EventFeed, Subscription

pytestmark = pytest.mark.anyio

LISTENERS = 200
HAPPENED = 30


class RecordedMeter(ApiMeter):
    listeners = 0

    def listeners_changed(self, listeners: int) -> None:
        self.listeners = listeners


@pytest.fixture
def meter() -> RecordedMeter:
    return RecordedMeter()


@pytest.fixture
async def changes(async_database: AsyncDatabase, meter: RecordedMeter) -> AsyncIterator[EventFeed]:
    changes = EventFeed(async_database, meter)
    running = asyncio.create_task(changes.run())
    yield changes
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running


async def happen(database: AsyncDatabase, first: int, last: int) -> None:
    async with database.connection() as connection:
        for number in range(first, last):
            await connection.execute(
                "INSERT INTO events (collection, id, status, version) VALUES ('c', %s, 'ready', 1)",
                (str(number),),
            )


async def hear(subscription: Subscription, count: int) -> list[Event]:
    heard: list[Event] = []
    async for event in subscription.events:
        if event is not None:
            heard.append(event)
        if len(heard) == count:
            break
    return heard


async def test_many_listeners_are_told_by_few_reads(
    changes: EventFeed,
    meter: RecordedMeter,
    async_database: AsyncDatabase,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    reads = 0
    read = events.after

    async def counted(connection: AsyncConnection, position: Position, limit: int) -> list[Event]:
        nonlocal reads
        reads += 1
        return await read(connection, position, limit)

    async with AsyncExitStack() as stack:
        streams = [
            await stack.enter_async_context(changes.subscribe(None)) for _ in range(LISTENERS)
        ]
        assert meter.listeners == LISTENERS
        hearing = [asyncio.create_task(hear(each, HAPPENED)) for each in streams]
        await happen(async_database, 0, 1)
        monkeypatch.setattr(events, "after", counted)
        await happen(async_database, 1, HAPPENED)
        heard = await asyncio.wait_for(asyncio.gather(*hearing), 30)
    assert [event.ref.id for event in heard[0]] == [str(n) for n in range(HAPPENED)]
    assert all(each == heard[0] for each in heard)
    assert reads < LISTENERS
    assert meter.listeners == 0


async def test_one_process_resumes_what_another_began(
    changes: EventFeed, async_database: AsyncDatabase
) -> None:
    async with changes.subscribe(None) as stream:
        await happen(async_database, 0, 3)
        seen = await asyncio.wait_for(hear(stream, 3), 30)
    await happen(async_database, 3, 6)
    async with EventFeed(async_database, ApiMeter()).subscribe(seen[1].position) as stream:
        missed = await asyncio.wait_for(hear(stream, 4), 30)
    assert [event.ref.id for event in missed] == ["2", "3", "4", "5"]

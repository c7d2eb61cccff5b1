"""One feed of events for many subscribers."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from shared.db.events import events
from shared.db.kit.pool import AsyncConnection, AsyncDatabase
from shared.domain.events.event import Event, Position
from shared.ports.meters import ApiMeter
from shared.services.events.event_feed import EventFeed, Subscription
from tests.support.event_feeds import READER, running

pytestmark = pytest.mark.anyio

SUBSCRIBERS = 200
EVENTS = 30


class RecordedMeter(ApiMeter):
    listeners = 0

    def listeners_changed(self, listeners: int) -> None:
        self.listeners = listeners


@pytest.fixture
def meter() -> RecordedMeter:
    return RecordedMeter()


@pytest.fixture
async def feed(async_database: AsyncDatabase, meter: RecordedMeter) -> AsyncIterator[EventFeed]:
    async with running(EventFeed(async_database, meter)) as feed:
        yield feed


async def insert_events(database: AsyncDatabase, first: int, last: int) -> None:
    async with database.connection() as connection:
        for number in range(first, last):
            await connection.execute(
                "INSERT INTO events (collection, id, status, version) VALUES ('c', %s, 'ready', 1)",
                (str(number),),
            )


async def receive(subscription: Subscription, count: int) -> list[Event]:
    received: list[Event] = []
    async for event in subscription.events:
        if isinstance(event, Event):
            received.append(event)
        if len(received) == count:
            break
    return received


async def test_few_reads_serve_many_subscribers(
    feed: EventFeed,
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

    monkeypatch.setattr(events, "after", counted)
    async with AsyncExitStack() as stack:
        streams = [
            await stack.enter_async_context(feed.subscribe(READER, None))
            for _ in range(SUBSCRIBERS)
        ]
        assert meter.listeners == SUBSCRIBERS
        receiving = [asyncio.create_task(receive(each, EVENTS)) for each in streams]
        await insert_events(async_database, 0, EVENTS)
        received = await asyncio.wait_for(asyncio.gather(*receiving), 30)
    assert [event.ref.id for event in received[0]] == [str(n) for n in range(EVENTS)]
    assert all(each == received[0] for each in received)
    assert reads < SUBSCRIBERS
    assert meter.listeners == 0


async def test_subscription_resumes_in_another_process(
    feed: EventFeed, async_database: AsyncDatabase
) -> None:
    async with feed.subscribe(READER, None) as stream:
        await insert_events(async_database, 0, 3)
        seen = await asyncio.wait_for(receive(stream, 3), 30)
    await insert_events(async_database, 3, 6)
    async with (
        running(EventFeed(async_database, ApiMeter())) as other,
        other.subscribe(READER, seen[1].position) as stream,
    ):
        missed = await asyncio.wait_for(receive(stream, 4), 30)
    assert [event.ref.id for event in missed] == ["2", "3", "4", "5"]

"""Readers have the events of their tenant, of documents that they may read."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from psycopg.types.json import Jsonb

from shared.db.events import events
from shared.db.kit.pool import AsyncDatabase
from shared.domain.access.principal import EVERY_ACTION, Action, Grant, Principal
from shared.domain.documents.filters import parse_filter
from shared.domain.events.event import Event, Position
from shared.domain.refs import DEFAULT_TENANT, Collection, Tenant
from shared.ports.meters import ApiMeter
from shared.services.events import event_feed
from shared.services.events.event_feed import EventFeed, Subscription
from shared.services.events.subscribers import BACKLOG_MAX
from tests.support.event_feeds import reader, running

pytestmark = pytest.mark.anyio

MINE, NOISY = Tenant("mine"), Tenant("noisy")
ALL = Principal(MINE, "key", (Grant(EVERY_ACTION),))
NARROW = Principal(MINE, "key", (Grant(frozenset({Action.READ}), ("docs-*",)),))


@pytest.fixture
async def feed(async_database: AsyncDatabase) -> AsyncIterator[EventFeed]:
    async with running(EventFeed(async_database, ApiMeter())) as feed:
        yield feed


async def write(
    database: AsyncDatabase, tenant: Tenant, *ids: str, collection: str = "c", status: str = "ready"
) -> None:
    async with database.connection() as connection, connection.cursor() as cursor:
        await cursor.executemany(
            "INSERT INTO events (collection, id, status, version) VALUES (%s, %s, %s, 1)",
            [(Collection(tenant, collection), id_, status) for id_ in ids],
        )


async def store(database: AsyncDatabase, id_: str, **metadata: str) -> None:
    async with database.connection() as connection:
        await connection.execute(
            "INSERT INTO documents (collection, id, content, metadata, content_hash, lane)"
            " VALUES (%s, %s, 'text', %s, sha256(''), 'bulk')",
            (Collection(MINE, "c"), id_, Jsonb(metadata)),
        )


async def ids(subscription: Subscription, last: str) -> list[str]:
    """Return the ids of the documents of the events up to the last one."""
    found: list[str] = []
    async with asyncio.timeout(30):
        async for event in subscription.events:
            if isinstance(event, Event):
                found.append(event.ref.id)
            if found and found[-1] == last:
                break
    return found


async def test_a_reader_has_the_events_of_its_tenant_live_and_again(
    feed: EventFeed, async_database: AsyncDatabase
) -> None:
    async with feed.subscribe(reader(ALL), None) as live:
        await write(async_database, NOISY, "theirs")
        await write(async_database, DEFAULT_TENANT, "default")
        await write(async_database, MINE, "a", "b")
        assert await ids(live, "b") == ["a", "b"]
        async with feed.subscribe(reader(ALL), live.start) as again:
            assert await ids(again, "b") == ["a", "b"]


async def test_a_flood_of_another_tenant_ends_no_stream_and_is_not_queued(
    feed: EventFeed, async_database: AsyncDatabase
) -> None:
    async with feed.subscribe(reader(ALL), None) as live:
        await write(async_database, NOISY, *map(str, range(2 * BACKLOG_MAX)))
        await write(async_database, MINE, "mine")
        assert await ids(live, "mine") == ["mine"]


async def test_a_reader_of_some_collections_has_their_events(
    feed: EventFeed, async_database: AsyncDatabase
) -> None:
    async with feed.subscribe(reader(NARROW), None) as live:
        await write(async_database, MINE, "secret", collection="plans")
        await write(async_database, MINE, "public", collection="docs-1")
        assert await ids(live, "public") == ["public"]


async def test_a_filter_hides_what_does_not_meet_it_and_what_was_deleted(
    feed: EventFeed, async_database: AsyncDatabase
) -> None:
    filtered = replace(ALL, filter=parse_filter({"team": "a"}))
    async with feed.subscribe(reader(filtered), None) as live:
        await store(async_database, "theirs", team="b")
        await store(async_database, "ours", team="a")
        await write(async_database, MINE, "theirs", "ours")
        await write(async_database, MINE, "gone", status="deleted")
        await store(async_database, "last", team="a")
        await write(async_database, MINE, "last")
        assert await ids(live, "last") == ["ours", "last"]
        async with feed.subscribe(reader(filtered), live.start) as again:
            assert await ids(again, "last") == ["ours", "last"]


async def test_tenants_share_the_streams(async_database: AsyncDatabase) -> None:
    async with running(EventFeed(async_database, ApiMeter(), 2)) as feed:
        noisy = reader(replace(ALL, tenant=NOISY))
        async with (
            feed.subscribe(noisy, None) as first,
            feed.subscribe(noisy, None),
            feed.subscribe(reader(ALL), None) as mine,
        ):
            assert await asyncio.wait_for(ids(first, "never"), 30) == []
            await write(async_database, MINE, "a")
            assert await ids(mine, "a") == ["a"]


async def test_a_slow_reader_is_ended_by_the_events_of_its_own_tenant(
    feed: EventFeed, async_database: AsyncDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_feed, "BATCH", 200)
    async with (
        feed.subscribe(reader(ALL), None) as slow,
        feed.subscribe(reader(ALL), None) as quick,
    ):
        reading = asyncio.create_task(ids(quick, str(BACKLOG_MAX + 500)))
        await write(async_database, MINE, *map(str, range(BACKLOG_MAX + 501)))
        assert len(await reading) == BACKLOG_MAX + 501
        seen = await asyncio.wait_for(ids(slow, "never"), 30)
    assert seen == [str(number) for number in range(len(seen))]
    assert len(seen) <= BACKLOG_MAX


async def test_the_events_of_one_tenant_are_read_by_their_index(
    async_database: AsyncDatabase,
) -> None:
    await write(async_database, NOISY, *map(str, range(3000)))
    await write(async_database, MINE, "a")
    async with async_database.connection() as connection:
        await connection.execute("ANALYZE events")
        for tenant in (MINE, NOISY, DEFAULT_TENANT):
            parameters = {"tenant": tenant.name, "xid": "0", "seq": 0, "limit": 500}
            cursor = await connection.execute("EXPLAIN " + events._OF_TENANT, parameters)
            plan = "\n".join(row["QUERY PLAN"] for row in await cursor.fetchall())
            assert "Index Scan using events_tenant" in plan, plan
            assert "Sort" not in plan, plan
            assert "Filter" not in plan, plan
        assert [e.ref.id for e in await events.of_tenant(connection, MINE, Position(0, 0), 9)] == [
            "a"
        ]


async def test_positions_are_in_the_order_of_numbers(async_database: AsyncDatabase) -> None:
    async with async_database.connection() as connection:
        await connection.execute(
            "INSERT INTO events (xid, collection, id, status, version)"
            " SELECT x::text::xid8, %s, x::text, 'ready', 1 FROM unnest(ARRAY[9, 10, 100]) x",
            (Collection(MINE, "c"),),
        )
        for read in (
            await events.of_tenant(connection, MINE, Position(0, 0), 2),
            await events.after(connection, Position(0, 0), 2),
        ):
            assert [event.ref.id for event in read] == ["9", "10"]

"""Old events are deleted, and a reader that missed some learns it."""

import threading

import pytest

from api.routes.events import MISSED, Messages
from shared.adapters.sealing import AesSivSealing
from shared.db.events import events, purge
from shared.db.kit.pool import AsyncDatabase, Database
from shared.domain.events.event import Position
from shared.domain.refs import DEFAULT_TENANT, Collection, Tenant
from shared.ports.meters import ApiMeter
from shared.services.events.event_feed import EventFeed
from shared.services.maintenance.purge import Purge
from tests.support.event_feeds import READER, running

pytestmark = pytest.mark.anyio

QUIET = Tenant("quiet")


def insert(
    database: Database, count: int, age: str = "0 s", tenant: Tenant = DEFAULT_TENANT
) -> None:
    with database.connection() as connection:
        connection.execute(
            "INSERT INTO events (collection, id, status, version, created_at) "
            "SELECT %s, g::text, 'ready', 1, now() - %s::interval + g * interval '1 microsecond' "
            "FROM generate_series(1, %s) g",
            (Collection(tenant, "c"), age, count),
        )


def kept(database: Database, tenant: Tenant = DEFAULT_TENANT) -> list[int]:
    """Return the ids of a tenant's kept events, the oldest first."""
    with database.connection() as connection:
        rows = connection.execute(
            "SELECT id FROM events WHERE collection = %s ORDER BY created_at",
            (Collection(tenant, "c"),),
        ).fetchall()
    return [int(row["id"]) for row in rows]


def run(database: Database, *, hours: float = 1.0, rows: int = 10**6) -> None:
    Purge(database, hours, rows, 365, threading.Event()).run()


def test_all_old_events_are_deleted_in_one_run_and_nothing_else(database: Database) -> None:
    insert(database, 2 * purge.BATCH + 100, age="2 hours")
    insert(database, 10)
    run(database)
    assert kept(database) == list(range(1, 11))


def test_the_number_of_events_is_bounded(database: Database) -> None:
    insert(database, 3 * purge.BATCH)
    run(database, rows=1000)
    assert kept(database) == list(range(3 * purge.BATCH - 999, 3 * purge.BATCH + 1))


async def test_no_tenant_loses_events_because_another_has_many(
    database: Database, async_database: AsyncDatabase
) -> None:
    insert(database, 300, tenant=QUIET)
    insert(database, 2 * purge.BATCH)
    insert(database, 10, tenant=QUIET)
    run(database, rows=1000)
    assert len(kept(database, QUIET)) == 310
    assert kept(database) == list(range(2 * purge.BATCH - 689, 2 * purge.BATCH + 1))
    async with async_database.connection() as connection:
        assert (await events.bounds(connection, QUIET)).gone is None
        assert (await events.bounds(connection, DEFAULT_TENANT)).gone is not None


async def test_a_reader_learns_nothing_of_what_another_tenant_missed(
    database: Database, async_database: AsyncDatabase
) -> None:
    async with async_database.connection() as connection:
        before = await events.end(connection)
    insert(database, 5, age="2 hours", tenant=QUIET)
    run(database)
    async with async_database.connection() as connection:
        assert (await events.bounds(connection, QUIET)).misses(before)
        assert not (await events.bounds(connection, DEFAULT_TENANT)).misses(before)
        assert not (await events.bounds(connection, Tenant("third"))).misses(before)


def test_a_batch_is_much_faster_than_its_producers(database: Database) -> None:
    insert(database, 2 * purge.BATCH, age="2 hours")
    statement = "EXPLAIN (ANALYZE, FORMAT JSON) " + purge._PURGE
    with database.connection() as connection:
        row = connection.execute(statement, {"batch": purge.BATCH, "seconds": 3600}).fetchone()
    assert row is not None
    milliseconds = row["QUERY PLAN"][0]["Execution Time"]
    assert 0.25 * purge.BATCH / milliseconds * 1000 > 1000, "events a second"


def test_one_worker_at_a_time_deletes(database: Database) -> None:
    insert(database, 10, age="2 hours")
    with database.transaction() as connection:
        connection.execute(purge._LOCK)
        run(database)
        assert len(kept(database)) == 10
    run(database)
    assert kept(database) == []


async def test_a_reader_that_missed_events_learns_it(
    database: Database, async_database: AsyncDatabase
) -> None:
    async with running(EventFeed(async_database, ApiMeter())) as feed:
        async with feed.subscribe(READER, None) as seen:
            assert not seen.missed
            before = seen.start
        insert(database, 5, age="2 hours")
        async with async_database.connection() as connection:
            between = (await events.after(connection, before, 3))[-1].position
        insert(database, 1)
        async with feed.subscribe(READER, before) as subscription:
            assert not subscription.missed
        run(database)
        for position in (before, between):
            async with feed.subscribe(READER, position) as subscription:
                assert subscription.missed
                encoded = Messages(subscription, AesSivSealing(bytes(64)), DEFAULT_TENANT).encoded()
                assert b"listening" in await anext(encoded)
                assert await anext(encoded) == MISSED
                assert b'"id":"1"' in await anext(encoded)
        async with feed.subscribe(READER, None) as subscription:
            assert not subscription.missed
            now = subscription.start
        async with feed.subscribe(READER, now) as subscription:
            assert not subscription.missed
        async with feed.subscribe(READER, Position(now.xid + 10**6, 0)) as subscription:
            assert subscription.missed  # it belongs to another database


def test_a_horizon_of_another_server_is_replaced(database: Database) -> None:
    with database.connection() as connection:
        connection.execute("INSERT INTO event_horizon (xid, seq) VALUES ('4000000000', 1)")
    insert(database, 1, age="2 hours")
    run(database)
    with database.connection() as connection:
        row = connection.execute("SELECT xid::text AS xid FROM event_horizon").fetchone()
    assert row is not None
    assert int(row["xid"]) < 4_000_000_000

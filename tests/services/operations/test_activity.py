"""What happened in the last day: counted by several processes, stored, and read by tenant."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import NoReturn

import pytest
from psycopg.errors import DivisionByZero
from structlog.testing import capture_logs

from shared.adapters.observability.worker_metrics import WorkerMetrics
from shared.config import Settings
from shared.db.kit.fetch import fetch_value
from shared.db.kit.pool import AsyncConnection, AsyncDatabase, Database
from shared.db.operations import activity
from shared.domain.database_errors import DatabaseUnavailable
from shared.domain.documents.document import Lane
from shared.domain.operations.activity import ActivityCounts, ActivityPoint, Timed, time_of
from shared.domain.refs import DEFAULT_TENANT, Collection, Tenant
from shared.services.documents.service import DocumentService
from shared.services.maintenance.activity_writer import ActivityWriter
from shared.services.operations.activity import ActivityService
from tests.support.collections import named
from tests.support.tenants import add_tenant
from tests.support.worker_harness import (
    POISON,
    FakeEmbedder,
    RecordedWakeUps,
    make_harness,
    new,
)

pytestmark = pytest.mark.anyio

NOON = 1_795_867_200.0
OTHER = Tenant("other")
BUILDING = """
WITH model AS (
    INSERT INTO embedding_models (name, state, dimensions) VALUES ('next', 'building', 8)
    RETURNING id
)
INSERT INTO collections (name, active_model_id, building_model_id)
SELECT 'c', (SELECT id FROM embedding_models WHERE state = 'active'), id FROM model
"""
OTHER_FLOW = """
UPDATE jobs SET flow = flow + 1 WHERE document_key = (
    SELECT max(key) FROM documents WHERE collection = 'b')
"""


class Clock:
    now = NOON

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def make(async_database: AsyncDatabase, clock: Clock) -> Callable[[], ActivityService]:
    """Return a function that makes a process of the API."""
    return lambda: ActivityService(async_database, ActivityCounts(clock), clock)


async def points(
    service: ActivityService, within: Collection | Tenant = DEFAULT_TENANT
) -> list[ActivityPoint]:
    """Return the steps of the last hour in which a process ran."""
    found = await service.read(within, 1)
    return [point for _, point in found.points if point]


async def last(
    service: ActivityService, within: Collection | Tenant = DEFAULT_TENANT
) -> ActivityPoint:
    return (await points(service, within))[-1]


async def test_the_counts_of_two_processes_add_up(
    make: Callable[[], ActivityService], clock: Clock
) -> None:
    one, two = make(), make()
    for _ in range(3):
        one.counts.took(Timed.SEARCH, 10.0, DEFAULT_TENANT)
    two.counts.took(Timed.SEARCH, 1000.0, DEFAULT_TENANT)
    for _ in range(2):
        two.counts.failed(DEFAULT_TENANT)
    clock.now += 75
    await one.write()
    await two.write()
    point = await last(one)
    assert (point.count(Timed.SEARCH), point.failed) == (4, 2)
    found = point.percentiles(Timed.SEARCH)
    assert found is not None
    assert 8 <= found[0] <= 13
    assert 790 <= found[1] <= 1260
    assert point.percentiles(Timed.WRITE) is None


async def test_a_tenant_sees_its_own_and_what_all_share(
    make: Callable[[], ActivityService], clock: Clock
) -> None:
    service = make()
    service.counts.took(Timed.WRITE, 5.0, DEFAULT_TENANT)
    service.counts.took(Timed.EMBEDDING, 50.0)
    clock.now += 75
    await service.write()
    mine, others = await last(service), await last(service, OTHER)
    assert (mine.count(Timed.WRITE), others.count(Timed.WRITE)) == (1, 0)
    assert mine.count(Timed.EMBEDDING) == others.count(Timed.EMBEDDING) == 1


async def test_a_collection_shows_its_own_and_its_tenant_the_sum(
    make: Callable[[], ActivityService], clock: Clock
) -> None:
    one, two = make(), make()
    for service, name in ((one, "a"), (one, "b"), (two, "b"), (two, "b")):
        service.counts.took(Timed.SEARCH, 10.0, named(name))
        service.counts.failed(named(name))
    one.counts.took(Timed.SEARCH, 10.0, DEFAULT_TENANT)
    one.counts.took(Timed.SEARCH, 10.0, Collection(OTHER, "b"))
    one.counts.took(Timed.EMBEDDING, 50.0)
    clock.now += 75
    await one.write()
    await two.write()
    found = [await last(one, within) for within in (named("a"), named("b"), DEFAULT_TENANT)]
    assert [point.count(Timed.SEARCH) for point in found] == [1, 3, 5]
    assert [point.failed for point in found] == [1, 3, 4]
    assert [point.count(Timed.EMBEDDING) for point in found] == [1, 1, 1]
    assert [point.workers for point in found] == [0, 0, 0]


async def test_a_minute_in_which_a_collection_had_nothing_is_zero_and_has_no_row(
    make: Callable[[], ActivityService], clock: Clock, database: Database
) -> None:
    service = make()
    service.counts.took(Timed.WRITE, 5.0, named("a"))
    clock.now += 60
    service.counts.took(Timed.WRITE, 5.0, named("b"))
    clock.now += 75
    await service.write()
    found = await points(service, named("a"))
    assert [point.count(Timed.WRITE) for point in found] == [1, 0]
    assert found[1].pending == dict.fromkeys(Lane, 0)
    assert (await last(service, named("c"))).count(Timed.WRITE) == 0
    with database.connection() as connection:
        assert fetch_value(connection, "SELECT count(*) FROM collection_activity") == 2


async def test_a_gap_is_not_zero(make: Callable[[], ActivityService], clock: Clock) -> None:
    service = make()
    clock.now += 75
    await service.write()
    service.counts.forget(service.counts.over(all_=True))
    clock.now += 600
    again = make()
    clock.now += 60
    await again.write()
    found = await again.read(DEFAULT_TENANT, 1)
    ran = {time.timestamp(): point for time, point in found.points}
    idle = ran[NOON]
    assert idle is not None
    assert (idle.count(Timed.SEARCH), idle.failed, idle.workers) == (0, 0, 0)
    assert [ran[NOON + 60 * n] for n in range(2, 10)] == [None] * 8


async def test_the_last_minute_of_a_process_is_kept(
    make: Callable[[], ActivityService], clock: Clock
) -> None:
    stopping = make()
    stopping.counts.took(Timed.WRITE, 5.0, DEFAULT_TENANT)
    await stopping.finish()
    clock.now += 75
    point = await last(make())
    assert point.count(Timed.WRITE) == 1
    assert (point.workers, point.pending) == (None, None)  # nobody has looked


async def test_rows_are_gone_a_day_later(
    make: Callable[[], ActivityService], clock: Clock, database: Database
) -> None:
    service = make()
    service.counts.took(Timed.WRITE, 5.0, named("a"))
    clock.now += 60
    await service.write()
    clock.now += 26 * 3600
    later = make()
    clock.now += 60
    await later.write()
    with database.connection() as connection:
        oldest = fetch_value(connection, "SELECT min(minute) FROM activity")
        left = fetch_value(connection, "SELECT count(*) FROM collection_activity")
    assert (oldest, left) == (time_of(clock.now - 60), 0)


async def test_an_outage_loses_no_counts(
    make: Callable[[], ActivityService],
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
    make: Callable[[], ActivityService], clock: Clock, monkeypatch: pytest.MonkeyPatch
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
    make: Callable[[], ActivityService],
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
    make: Callable[[], ActivityService],
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


async def test_documents_that_are_embedded_show(
    make: Callable[[], ActivityService],
    clock: Clock,
    settings: Settings,
    database: Database,
    documents: DocumentService,
    wake_ups: RecordedWakeUps,
) -> None:
    counts = ActivityCounts(clock)
    meter = WorkerMetrics(10, counts)
    harness = make_harness(settings, database, FakeEmbedder(), wake_ups, meter=meter)
    harness.model.verified()
    writer = ActivityWriter(database, counts)
    add_tenant(database, OTHER.name)
    for number in range(3):
        await documents.create(new(f"good{number}", f"text {number}"))
    await documents.create(new("bad", POISON))
    await harness.work_until_settled(documents, "bad")
    await harness.work()
    await documents.create(new("late", "waits"))
    clock.now += 75
    await asyncio.to_thread(writer.write)
    service = make()
    point = await last(service)
    assert (point.count(Timed.WAITING), point.failed) == (3, 1)
    assert point.percentiles(Timed.WAITING) is not None
    assert point.pending == {Lane.INTERACTIVE: 1, Lane.BULK: 0, Lane.BACKFILL: 0}
    others = await last(service, OTHER)
    assert (others.count(Timed.WAITING), others.failed) == (0, 0)
    assert others.pending == dict.fromkeys(Lane, 0)


async def test_documents_show_in_their_collection(
    make: Callable[[], ActivityService],
    clock: Clock,
    settings: Settings,
    database: Database,
    documents: DocumentService,
    wake_ups: RecordedWakeUps,
) -> None:
    counts = ActivityCounts(clock)
    meter = WorkerMetrics(10, counts)
    harness = make_harness(settings, database, FakeEmbedder(), wake_ups, meter=meter)
    harness.model.verified()
    for name, id_ in (("a", "1"), ("b", "1"), ("b", "2")):
        await documents.create(new(id_, f"text of {name}", collection=name))
    await documents.create(new("bad", POISON, collection="a"))
    with database.connection() as connection:
        while fetch_value(connection, "SELECT count(*) FROM jobs WHERE failed_at IS NULL"):
            await harness.work()
    for name, number in (("a", 1), ("b", 4)):
        for n in range(number):
            await documents.create(new(f"late{n}", "waits", collection=name))
    with database.connection() as connection:
        connection.execute(OTHER_FLOW)  # as if two jobs of a collection disagreed on its hash
    clock.now += 75
    await asyncio.to_thread(ActivityWriter(database, counts).write)
    found = [await last(make(), within) for within in (named("a"), named("b"), DEFAULT_TENANT)]
    assert [point.count(Timed.WAITING) for point in found] == [1, 2, 3]
    assert [point.failed for point in found] == [1, 0, 1]
    pending = [point.pending[Lane.INTERACTIVE] for point in found if point.pending]
    assert pending == [1, 3, 5]


async def test_what_a_migration_prepares_does_not_count(
    make: Callable[[], ActivityService],
    clock: Clock,
    settings: Settings,
    database: Database,
    documents: DocumentService,
    wake_ups: RecordedWakeUps,
) -> None:
    counts = ActivityCounts(clock)
    embedder = FakeEmbedder(refused_by={"next": "refused"})
    meter = WorkerMetrics(10, counts)
    harness = make_harness(settings, database, embedder, wake_ups, meter=meter)
    harness.model.verified()
    with database.connection() as connection:
        connection.execute(BUILDING)
    await documents.create(new("a", "text"))
    await documents.create(new("b", "refused"))
    with database.connection() as connection:
        while fetch_value(connection, "SELECT count(*) FROM jobs WHERE failed_at IS NULL"):
            await harness.work()
        assert fetch_value(connection, "SELECT count(*) FROM embeddings") == 3
    clock.now += 75
    await asyncio.to_thread(ActivityWriter(database, counts).write)
    point = await last(make())
    assert (point.count(Timed.WAITING), point.failed) == (2, 0)


async def test_edits_of_metadata_do_not_count_as_ready(
    make: Callable[[], ActivityService],
    clock: Clock,
    settings: Settings,
    database: Database,
    documents: DocumentService,
    wake_ups: RecordedWakeUps,
) -> None:
    counts = ActivityCounts(clock)
    meter = WorkerMetrics(10, counts)
    harness = make_harness(settings, database, FakeEmbedder(), wake_ups, meter=meter)
    harness.model.verified()
    await documents.create(new("a", "text"))
    await harness.work_until_settled(documents, "a")
    await documents.put(new("a", "text", metadata={"edited": True}))
    await harness.work()
    clock.now += 75
    await asyncio.to_thread(ActivityWriter(database, counts).write)
    assert (await last(make())).count(Timed.WAITING) == 1

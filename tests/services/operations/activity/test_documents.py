"""What a worker counts: documents that became ready or failed, and those that wait."""

import asyncio
from dataclasses import dataclass

import pytest

from shared.adapters.observability.worker_metrics import WorkerMetrics
from shared.config import Settings
from shared.db.kit.fetch import fetch_value
from shared.db.kit.pool import Database
from shared.domain.documents.document import Lane
from shared.domain.operations.activity import ActivityCounts, Timed
from shared.domain.refs import DEFAULT_TENANT
from shared.services.documents.service import DocumentService
from shared.services.maintenance.activity_writer import ActivityWriter
from tests.services.operations.activity.minutes import OTHER, Clock, Make, last
from tests.support.collections import named
from tests.support.tenants import add_tenant
from tests.support.worker_harness import (
    POISON,
    FakeEmbedder,
    RecordedWakeUps,
    WorkerHarness,
    make_harness,
    new,
)

pytestmark = pytest.mark.anyio

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


@dataclass
class Worker:
    """A worker that counts, and whose minute ends when it writes."""

    harness: WorkerHarness
    writer: ActivityWriter
    clock: Clock

    async def write(self) -> None:
        self.clock.now += 75
        await asyncio.to_thread(self.writer.write)


@pytest.fixture
def worker(
    settings: Settings, database: Database, wake_ups: RecordedWakeUps, clock: Clock
) -> Worker:
    counts = ActivityCounts(clock)
    embedder, meter = FakeEmbedder(refused_by={"next": "refused"}), WorkerMetrics(10, counts)
    harness = make_harness(settings, database, embedder, wake_ups, meter=meter)
    harness.model.verified()
    return Worker(harness, ActivityWriter(database, counts), clock)


async def test_documents_that_are_embedded_show(
    make: Make, database: Database, documents: DocumentService, worker: Worker
) -> None:
    add_tenant(database, OTHER.name)
    for number in range(3):
        await documents.create(new(f"good{number}", f"text {number}"))
    await documents.create(new("bad", POISON))
    await worker.harness.work_until_settled(documents, "bad")
    await worker.harness.work()
    await documents.create(new("late", "waits"))
    await worker.write()
    service = make()
    point = await last(service)
    assert (point.count(Timed.WAITING), point.failed) == (3, 1)
    assert point.percentiles(Timed.WAITING) is not None
    assert point.pending == {Lane.INTERACTIVE: 1, Lane.BULK: 0, Lane.BACKFILL: 0}
    others = await last(service, OTHER)
    assert (others.count(Timed.WAITING), others.failed) == (0, 0)
    assert others.pending == dict.fromkeys(Lane, 0)


async def test_documents_show_in_their_collection(
    make: Make, database: Database, documents: DocumentService, worker: Worker
) -> None:
    for name, id_ in (("a", "1"), ("b", "1"), ("b", "2")):
        await documents.create(new(id_, f"text of {name}", collection=name))
    await documents.create(new("bad", POISON, collection="a"))
    with database.connection() as connection:
        while fetch_value(connection, "SELECT count(*) FROM jobs WHERE failed_at IS NULL"):
            await worker.harness.work()
    for name, number in (("a", 1), ("b", 4)):
        for n in range(number):
            await documents.create(new(f"late{n}", "waits", collection=name))
    with database.connection() as connection:
        connection.execute(OTHER_FLOW)  # as if two jobs of a collection disagreed on its hash
    await worker.write()
    found = [await last(make(), within) for within in (named("a"), named("b"), DEFAULT_TENANT)]
    assert [point.count(Timed.WAITING) for point in found] == [1, 2, 3]
    assert [point.failed for point in found] == [1, 0, 1]
    pending = [point.pending[Lane.INTERACTIVE] for point in found if point.pending]
    assert pending == [1, 3, 5]


async def test_what_a_migration_prepares_does_not_count(
    make: Make, database: Database, documents: DocumentService, worker: Worker
) -> None:
    with database.connection() as connection:
        connection.execute(BUILDING)
    await documents.create(new("a", "text"))
    await documents.create(new("b", "refused"))
    with database.connection() as connection:
        while fetch_value(connection, "SELECT count(*) FROM jobs WHERE failed_at IS NULL"):
            await worker.harness.work()
        assert fetch_value(connection, "SELECT count(*) FROM embeddings") == 3
    await worker.write()
    point = await last(make())
    assert (point.count(Timed.WAITING), point.failed) == (2, 0)


async def test_edits_of_metadata_do_not_count_as_ready(
    make: Make, documents: DocumentService, worker: Worker
) -> None:
    await documents.create(new("a", "text"))
    await worker.harness.work_until_settled(documents, "a")
    await documents.put(new("a", "text", metadata={"edited": True}))
    await worker.harness.work()
    await worker.write()
    assert (await last(make())).count(Timed.WAITING) == 1

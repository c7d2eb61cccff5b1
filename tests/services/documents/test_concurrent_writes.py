"""Concurrent writes of the same documents."""

import asyncio
from dataclasses import replace

import pytest

from shared.db.kit.pool import Database
from shared.domain.documents.document import Lane, NewDocument, Status
from shared.domain.refs import DocumentRef
from shared.services.documents.service import DocumentService
from tests.support.processes import eventually
from tests.support.worker_harness import (
    WorkerHarness,
    new,
)

pytestmark = pytest.mark.anyio

BLOCKED = """
SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
"""


def rows(database: Database, query: str) -> list[dict[str, object]]:
    with database.connection() as connection:
        return connection.execute(query).fetchall()


async def test_concurrent_puts_of_one_document_all_succeed(
    harness: WorkerHarness, documents: DocumentService, database: Database
) -> None:
    harness.model.verified()
    for round_ in range(10):
        writes = [documents.put(new(f"d{round_}", metadata={"n": n})) for n in range(8)]
        written = await asyncio.gather(*writes)
        assert sum(created for _, created in written) == 1
        assert sorted(document.version for document, _ in written) == list(range(1, 9))
    statuses = rows(database, "SELECT DISTINCT status FROM events")
    assert statuses == [{"status": "pending"}]


async def test_concurrent_imports_of_the_same_documents_all_succeed(
    harness: WorkerHarness, documents: DocumentService
) -> None:
    harness.model.verified()

    async def load(n: int) -> int:
        with documents.bulk_import(100) as bulk:
            for number in range(200) if n % 2 else reversed(range(200)):
                await bulk.add(new(f"d{number}", metadata={"n": n}))
            await bulk.flush()
        return bulk.report.accepted

    assert await asyncio.gather(*map(load, range(4))) == [200] * 4


async def test_concurrent_changes_are_all_kept(
    harness: WorkerHarness, documents: DocumentService
) -> None:
    harness.model.verified()
    await documents.create(new("a"))

    def add_key(n: int) -> "asyncio.Future[object]":
        def with_key(current: NewDocument) -> NewDocument:
            return replace(current, metadata={**current.metadata, str(n): n})

        return asyncio.ensure_future(documents.change(DocumentRef("c", "a"), with_key, None))

    await asyncio.gather(*map(add_key, range(30)))
    assert len((await documents.get(DocumentRef("c", "a"))).metadata) == 30


async def test_put_that_waits_for_a_worker_returns_the_later_status(
    harness: WorkerHarness, documents: DocumentService, database: Database
) -> None:
    harness.model.verified()
    await documents.put(new("a"))
    await asyncio.to_thread(harness.embedding.embed_batch, Lane.INTERACTIVE)
    with database.transaction() as connection:  # as if `store` had not committed yet
        connection.execute("INSERT INTO jobs SELECT key, 1, 1, lane FROM documents")
    with database.transaction() as connection:
        connection.execute("SELECT FROM documents FOR SHARE")
        connection.execute("DELETE FROM jobs")
        waiting = asyncio.create_task(documents.put(new("a", metadata={"k": 1})))
        await asyncio.to_thread(eventually, lambda: bool(rows(database, BLOCKED)), "put is blocked")
        assert not waiting.done()
    written, _ = await waiting
    assert written.status is Status.READY
    last = rows(database, "SELECT status, version FROM events ORDER BY xid DESC, seq DESC LIMIT 1")
    assert last == [{"status": "ready", "version": 2}]


async def test_no_stale_pending_event_follows_ready(
    harness: WorkerHarness, documents: DocumentService, database: Database
) -> None:
    # A write reports a pending job. If a worker ended the job, `pending` would come last.
    harness.model.verified()
    await documents.put(new("a"))
    await documents.put(new("a", metadata={"k": 1}))
    await asyncio.to_thread(harness.embedding.embed_batch, Lane.INTERACTIVE)
    await documents.put(new("a", metadata={"k": 2}))
    events = rows(database, "SELECT status, version FROM events ORDER BY xid, seq")
    assert [(row["status"], row["version"]) for row in events] == [
        ("pending", 1),
        ("ready", 2),
        ("ready", 3),
    ]
    events_of_last_write = "SELECT FROM events e JOIN documents d ON d.xmin::text = e.xid::text"
    assert len(rows(database, events_of_last_write)) == 1

import asyncio
from dataclasses import replace

import pytest

from shared.db.kit.pool import Database
from shared.domain.documents.document import Lane, NewDocument, Status
from shared.domain.errors import ModelUnavailable, UnavailableReason
from shared.domain.models.embedding_model import FINGERPRINT_TEXT
from shared.domain.refs import DocumentRef
from shared.services.documents.service import DocumentService
from tests.support.worker_harness import POISON, RecordedWakeUps, WorkerHarness, new, vector_of

pytestmark = pytest.mark.anyio


def rows(database: Database, query: str) -> list[dict[str, object]]:
    with database.connection() as connection:
        return connection.execute(query).fetchall()


async def test_writers_of_one_text_at_the_same_time_all_succeed(
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


async def test_bulk_imports_of_the_same_documents_at_once(
    harness: WorkerHarness, documents: DocumentService
) -> None:
    harness.model.verified()

    async def load(n: int) -> int:
        with documents.bulk_import(100) as bulk:
            for place in range(200) if n % 2 else reversed(range(200)):
                await bulk.add(new(f"d{place}", metadata={"n": n}))
            await bulk.flush()
        return bulk.report.accepted

    assert await asyncio.gather(*map(load, range(4))) == [200] * 4


async def test_revisions_at_once_are_all_kept(
    harness: WorkerHarness, documents: DocumentService
) -> None:
    harness.model.verified()
    await documents.create(new("a"))

    def adding(n: int) -> "asyncio.Future[object]":
        def revise(current: NewDocument) -> NewDocument:
            return replace(current, metadata={**current.metadata, str(n): n})

        return asyncio.ensure_future(documents.change(DocumentRef("c", "a"), revise, None))

    await asyncio.gather(*map(adding, range(30)))
    assert len((await documents.get(DocumentRef("c", "a"))).metadata) == 30


async def test_a_write_that_waits_for_a_worker_tells_the_status_after_it(
    harness: WorkerHarness, documents: DocumentService, database: Database
) -> None:
    harness.model.verified()
    await documents.put(new("a"))
    await asyncio.to_thread(harness.embedding.embed_batch, Lane.INTERACTIVE)
    with database.transaction() as connection:  # as `store` does, halted just before its commit
        connection.execute("INSERT INTO jobs SELECT key, 1, 1, lane FROM documents")
    with database.transaction() as connection:
        connection.execute("SELECT FROM documents FOR SHARE")
        connection.execute("DELETE FROM jobs")
        waiting = asyncio.create_task(documents.put(new("a", metadata={"k": 1})))
        await asyncio.sleep(0.3)
        assert not waiting.done()
    written, _ = await waiting
    assert written.status is Status.READY
    last = rows(database, "SELECT status, version FROM events ORDER BY xid DESC, seq DESC LIMIT 1")
    assert last == [{"status": "ready", "version": 2}]


async def test_a_stale_pending_never_follows_ready(
    harness: WorkerHarness, documents: DocumentService, database: Database
) -> None:
    """What a write says of a job that a worker is about to end could come after `ready`."""
    harness.model.verified()
    await documents.put(new("a"))
    await documents.put(new("a", metadata={"k": 1}))
    await asyncio.to_thread(harness.embedding.embed_batch, Lane.INTERACTIVE)
    await documents.put(new("a", metadata={"k": 2}))
    told = rows(database, "SELECT status, version FROM events ORDER BY xid, seq")
    assert [(row["status"], row["version"]) for row in told] == [
        ("pending", 1),
        ("ready", 2),
        ("ready", 3),
    ]
    of_one_transaction = "SELECT FROM events e JOIN documents d ON d.xmin::text = e.xid::text"
    assert len(rows(database, of_one_transaction)) == 1


async def test_no_write_falls_between_two_models(
    harness: WorkerHarness, documents: DocumentService, database: Database
) -> None:
    adopting = asyncio.create_task(asyncio.to_thread(harness.model.verified))
    await asyncio.gather(*(documents.put(new(f"d{n}")) for n in range(60)))
    await adopting
    assert rows(database, "SELECT count(*) AS n FROM jobs") == [{"n": 60}]


async def test_a_text_on_which_the_server_fails_stops_nobody_else(
    harness: WorkerHarness, documents: DocumentService
) -> None:
    harness.model.verified()

    def fail_on_poison() -> None:
        if any(POISON in text for text in harness.embedder.calls[-1]):
            raise ModelUnavailable(UnavailableReason.SERVER_ERROR, "Ollama failed with status 500.")

    harness.embedder.during = fail_on_poison
    for n in range(8):
        await documents.put(new(f"d{n}", POISON if n == 5 else f"good {n}"))
    await asyncio.to_thread(harness.embedding.embed_batch, Lane.INTERACTIVE)
    page = await documents.page("c", Status.PENDING, None, 50)
    assert [each.ref.id for each in page.documents] == ["d5"]
    assert page.documents[0].error is not None
    assert page.documents[0].error.code == "model_failed"
    assert harness.breaker.closed


async def test_without_a_broker_neither_lane_waits_for_the_other(
    harness: WorkerHarness, documents: DocumentService, wake_ups: RecordedWakeUps
) -> None:
    harness.model.verified()
    with documents.bulk_import(100) as bulk:
        for n in range(80):
            await bulk.add(new(f"bulk{n}", f"bulk {n}"))
        await bulk.flush()
    await documents.put(new("single", "single"))
    wake_ups.reachable = False
    harness.embedder.calls.clear()
    await asyncio.to_thread(harness.sweep.sweep)
    order = [text for call in harness.embedder.calls for text in call if text != FINGERPRINT_TEXT]
    assert len(order) == 81
    assert order.index("single") < 16


async def test_a_component_that_no_16_bit_float_holds_is_the_documents_fault(
    harness: WorkerHarness, documents: DocumentService
) -> None:
    harness.model.verified()
    harness.embedder.vector = lambda text: [1e6] * 8 if text == "big" else vector_of(text)
    await documents.put(new("big", "big"))
    await documents.put(new("good", "good"))
    await asyncio.to_thread(harness.embedding.embed_batch, Lane.INTERACTIVE)
    assert (await documents.get(DocumentRef("c", "good"))).status is Status.READY
    big = await documents.get(DocumentRef("c", "big"))
    assert big.error is not None
    assert big.error.code == "vector_not_finite"

"""A server that rejects every text is away; what failed of itself is tried again on demand."""

import asyncio

import pytest

from shared.db.documents import retry_documents
from shared.db.kit.pool import Database
from shared.domain.documents.document import Lane, Status
from shared.domain.errors import RejectionCode, TextRejected
from shared.domain.refs import DocumentRef
from shared.services.documents.service import DocumentService
from tests.support.worker_harness import POISON, RecordedWakeUps, WorkerHarness, new

pytestmark = pytest.mark.anyio


def reject() -> None:
    raise TextRejected(
        RejectionCode.REJECTED_BY_MODEL, "The model can't embed this text: bad request."
    )


async def work(harness: WorkerHarness) -> str | None:
    return (await asyncio.to_thread(harness.embedding.work, Lane.INTERACTIVE)).paused


async def test_a_server_that_rejects_its_first_sentence_is_said_to_be_away(
    harness: WorkerHarness, documents: DocumentService
) -> None:
    await documents.put(new("a"))
    harness.embedder.during = reject
    assert await work(harness) == harness.breaker.paused_reason == "bad_answer"
    await asyncio.to_thread(harness.embedding.probe)
    assert harness.breaker.paused_reason == "bad_answer"
    harness.embedder.during = None
    await asyncio.to_thread(harness.embedding.probe)
    assert await work(harness) is None
    assert (await documents.get(DocumentRef("c", "a"))).status is Status.READY


async def test_a_server_that_rejects_everything_is_counted_against_nobody(
    harness: WorkerHarness, documents: DocumentService
) -> None:
    harness.model.verified()
    for n in range(3):
        await documents.put(new(f"d{n}", f"text {n}"))
    harness.embedder.during = reject
    assert await work(harness) == "bad_answer"
    for n in range(3):
        assert (await documents.get(DocumentRef("c", f"d{n}"))).error is None
    harness.embedder.during = None
    await documents.put(new("poison", POISON))
    await asyncio.to_thread(harness.embedding.probe)
    assert await work(harness) is None
    assert (await documents.get(DocumentRef("c", "d0"))).status is Status.READY
    rejected = await documents.get(DocumentRef("c", "poison"))
    assert rejected.error is not None
    assert (rejected.error.code, rejected.error.attempts) == ("rejected_by_model", 1)


async def test_any_number_of_failures_is_retried_a_part_at_a_time(
    harness: WorkerHarness,
    documents: DocumentService,
    database: Database,
    wake_ups: RecordedWakeUps,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(retry_documents, "RETRY_MAX", 2)
    harness.model.verified()
    for n in range(4):
        await documents.put(new(f"d{n}"))
    with documents.bulk_import(10) as bulk:
        await bulk.add(new("imported"))
        await bulk.flush()
    await documents.put(new("elsewhere", collection="other"))
    with database.connection() as connection:
        fail = "UPDATE jobs SET failed_at = now(), error_code = 'x', error_message = 'x'"
        connection.execute(fail)
    wake_ups.sent.clear()
    assert await documents.retry_all("c") == 5
    assert {lane for lane, _ in wake_ups.sent} == set(Lane)
    assert len((await documents.page("c", Status.PENDING, None, 50)).documents) == 5
    assert await documents.retry_all(None) == 1

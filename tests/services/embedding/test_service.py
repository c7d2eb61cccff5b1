"""From a write to a searchable vector."""

import pytest

from shared.config import Settings
from shared.db.kit.pool import Database
from shared.domain.documents.document import Lane, Status
from shared.domain.refs import DocumentRef
from shared.services.documents.service import DocumentService
from tests.services.embedding.stored_rows import count_rows, stored_vector
from tests.support.collections import named
from tests.support.worker_harness import (
    FakeEmbedder,
    RecordedWakeUps,
    WorkerHarness,
    make_harness,
    new,
    vector_of,
)

pytestmark = pytest.mark.anyio


async def test_new_document_becomes_ready_with_the_vector_of_its_text(
    harness: WorkerHarness,
    documents: DocumentService,
    database: Database,
    wake_ups: RecordedWakeUps,
) -> None:
    harness.model.verified()
    created = await documents.create(new("a", "hello", title="T"))
    assert created.status is Status.PENDING
    assert wake_ups.sent == [(Lane.INTERACTIVE, ["a"])]
    await harness.work()
    ready = await documents.get(DocumentRef(named("c"), "a"))
    assert ready.status is Status.READY
    assert ready.ready_at is not None
    assert ready.embedding is not None
    assert (ready.embedding.model, ready.embedding.dimensions) == ("all-minilm", 8)
    assert stored_vector(database, "a") == vector_of("T\n\nhello")


async def test_write_without_a_new_text_needs_no_embedding(
    harness: WorkerHarness, documents: DocumentService, wake_ups: RecordedWakeUps
) -> None:
    harness.model.verified()
    await documents.put(new("a"))
    await harness.work()
    wake_ups.sent.clear()
    again, created = await documents.put(new("a"))
    assert (again.status, again.version, created) == (Status.READY, 1, False)
    changed, _ = await documents.put(new("a", metadata={"k": 1}))
    assert (changed.status, changed.version) == (Status.READY, 2)
    assert changed.embedding is not None
    assert changed.embedding.version == 1
    assert wake_ups.sent == []


async def test_restored_text_is_not_embedded_again(
    harness: WorkerHarness, documents: DocumentService
) -> None:
    harness.model.verified()
    await documents.put(new("a", "first"))
    await harness.work()
    await documents.put(new("a", "second"))
    await documents.put(new("a", "first"))
    harness.embedder.calls.clear()
    await harness.work()
    assert (await documents.get(DocumentRef(named("c"), "a"))).status is Status.READY
    assert harness.embedder.calls == []


async def test_documents_written_before_the_first_model_are_embedded(
    harness: WorkerHarness, documents: DocumentService
) -> None:
    assert (await documents.create(new("early"))).status is Status.PENDING
    await harness.work()
    assert (await documents.get(DocumentRef(named("c"), "early"))).status is Status.READY


async def test_many_edits_make_one_job_and_the_last_text_wins(
    harness: WorkerHarness, documents: DocumentService, database: Database
) -> None:
    harness.model.verified()
    for n in range(50):
        await documents.put(new("a", f"text {n}"))
    assert count_rows(database, "jobs") == 1
    await harness.work()
    assert stored_vector(database, "a") == vector_of("text 49")


async def test_document_prefix_is_embedded_with_the_text(
    settings: Settings, database: Database, wake_ups: RecordedWakeUps, documents: DocumentService
) -> None:
    prefixed = settings.model_copy(update={"document_prefix": "passage: "})
    harness = make_harness(prefixed, database, FakeEmbedder(), wake_ups)
    await documents.put(new("a", "hello"))
    await harness.work()
    assert harness.embedder.calls[-1] == ["passage: hello"]
    assert stored_vector(database, "a") == vector_of("passage: hello")


async def test_full_batch_wakes_another_task(
    harness: WorkerHarness, documents: DocumentService, wake_ups: RecordedWakeUps
) -> None:
    harness.model.verified()
    for n in range(9):
        await documents.put(new(f"d{n}"))
    wake_ups.sent.clear()
    await harness.work()
    assert wake_ups.sent == [(Lane.INTERACTIVE, [])]
    await harness.work()
    assert len(wake_ups.sent) == 1


async def test_task_embeds_batches_until_its_time_is_over(
    settings: Settings, database: Database, documents: DocumentService, wake_ups: RecordedWakeUps
) -> None:
    harness = make_harness(settings, database, FakeEmbedder(), wake_ups, work_seconds=60)
    harness.model.verified()
    for n in range(20):
        await documents.put(new(f"d{n}"))
    wake_ups.sent.clear()
    report = await harness.work()
    assert set(report.ready) == {f"d{n}" for n in range(20)}
    assert report.chunks_embedded + report.chunks_reused == 20
    assert not report.more
    assert not wake_ups.sent


async def test_task_of_a_stopping_worker_embeds_one_batch(
    settings: Settings, database: Database, documents: DocumentService, wake_ups: RecordedWakeUps
) -> None:
    harness = make_harness(settings, database, FakeEmbedder(), wake_ups, work_seconds=60)
    harness.model.verified()
    harness.stopping.set()
    for n in range(20):
        await documents.put(new(f"d{n}"))
    wake_ups.sent.clear()
    report = await harness.work()
    assert len(report.ready) == 8
    assert wake_ups.sent == [(Lane.INTERACTIVE, [])]

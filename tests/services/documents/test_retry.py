"""Retry of failed documents."""

import pytest

from shared.db.documents import retry_documents
from shared.db.kit.pool import Database
from shared.domain.documents.document import Lane, Status
from shared.domain.documents.listing import Listing
from shared.domain.refs import DEFAULT_TENANT, DocumentRef
from shared.services.documents.service import DocumentService
from tests.support.collections import named
from tests.support.worker_harness import (
    POISON,
    RecordedWakeUps,
    WorkerHarness,
    new,
)

pytestmark = pytest.mark.anyio


async def test_retried_document_keeps_its_error_until_it_is_edited(
    harness: WorkerHarness, documents: DocumentService
) -> None:
    harness.model.verified()
    await documents.put(new("a", POISON))
    await harness.work_until_settled(documents, "a")
    retried = await documents.retry(DocumentRef(named("c"), "a"))
    assert retried.status is Status.PENDING
    assert retried.error is not None
    assert await documents.retry_all(named("c")) == 0
    fixed, _ = await documents.put(new("a", "harmless"))
    assert fixed.error is None
    assert (await harness.work_until_settled(documents, "a")).status is Status.READY


async def test_retry_all_retries_more_documents_than_one_statement(
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
    assert await documents.retry_all(named("c")) == 5
    assert {lane for lane, _ in wake_ups.sent} == {Lane.INTERACTIVE, Lane.BULK}
    assert len((await documents.page(Listing(named("c"), Status.PENDING))).documents) == 5
    assert await documents.retry_all(DEFAULT_TENANT) == 1

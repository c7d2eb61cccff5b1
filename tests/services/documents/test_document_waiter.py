"""How those who wait for documents are told."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress

import pytest

from shared.db.documents import read_documents
from shared.db.kit.pool import AsyncConnection, AsyncDatabase
from shared.domain.documents.document import Document, Lane, Status
from shared.domain.documents.validation import DocumentLimits
from shared.domain.errors import DocumentNotFound
from shared.domain.refs import DocumentRef
from shared.ports.meters import ApiMeter
from shared.services.documents.admission import Admission
from shared.services.documents.service import DocumentService
from shared.services.events.event_feed import EventFeed
from tests.support.worker_harness import WorkerHarness, new

pytestmark = pytest.mark.anyio

WAITING = 300


class Deaf:
    """Wakes nobody."""

    def wake(self, lane: Lane, ids: Sequence[str]) -> None:
        """Do nothing."""


@pytest.fixture
async def documents(async_database: AsyncDatabase) -> AsyncIterator[DocumentService]:
    changes = EventFeed(async_database, ApiMeter())
    running = asyncio.create_task(changes.run())
    admission = Admission(async_database, max_pending=0, max_imports=0)
    yield DocumentService(async_database, Deaf(), changes, admission, DocumentLimits(), ApiMeter())
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running


async def test_many_who_wait_are_told_by_few_reads(
    documents: DocumentService, harness: WorkerHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads: list[int] = []
    settled = read_documents.settled

    async def counted(
        connection: AsyncConnection, refs: Sequence[DocumentRef]
    ) -> list[DocumentRef]:
        reads.append(len(refs))
        return await settled(connection, refs)

    monkeypatch.setattr(read_documents, "settled", counted)
    harness.model.verified()
    for number in range(WAITING):
        await documents.create(new(str(number), f"text {number}"))
    waiting = [
        asyncio.create_task(documents.wait(DocumentRef("c", str(number)), 30))
        for number in range(WAITING)
    ]
    await asyncio.sleep(0.5)
    while (await asyncio.to_thread(harness.embedding.work, Lane.INTERACTIVE)).more:
        pass
    found: list[Document] = await asyncio.wait_for(asyncio.gather(*waiting), 30)
    assert {each.status for each in found} == {Status.READY}
    assert len(reads) < WAITING / 3


async def test_a_document_that_is_deleted_is_waited_for_no_longer(
    documents: DocumentService, harness: WorkerHarness
) -> None:
    harness.model.verified()
    await documents.create(new("a", "text"))
    waiting = asyncio.create_task(documents.wait(DocumentRef("c", "a"), 30))
    await asyncio.sleep(0.2)
    await documents.delete(DocumentRef("c", "a"), None)
    with pytest.raises(DocumentNotFound):
        await asyncio.wait_for(waiting, 5)


async def test_who_waits_in_vain_gets_what_there_is(
    documents: DocumentService, harness: WorkerHarness
) -> None:
    harness.model.verified()
    await documents.create(new("a", "text"))
    assert (await documents.wait(DocumentRef("c", "a"), 0.3)).status is Status.PENDING

"""Clients that wait until a document is no longer pending."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress

import pytest

from shared.adapters.lexing.process_lexer import ProcessLexer
from shared.db.documents import read_documents
from shared.db.kit.pool import AsyncConnection, AsyncDatabase
from shared.domain.documents.document import Document, Lane, Status
from shared.domain.documents.filters import Filter
from shared.domain.documents.validation import DocumentLimits
from shared.domain.errors import DocumentNotFound
from shared.domain.refs import DocumentRef
from shared.ports.meters import ApiMeter
from shared.services.documents import document_waiter
from shared.services.documents.admission import Admission
from shared.services.documents.service import DocumentService
from shared.services.events.event_feed import EventFeed
from tests.support.collections import named
from tests.support.worker_harness import RecordedWakeUps, WorkerHarness, new

pytestmark = pytest.mark.anyio

CLIENTS = 300


@pytest.fixture
async def notified(
    async_database: AsyncDatabase, lexer: ProcessLexer, wake_ups: RecordedWakeUps
) -> AsyncIterator[DocumentService]:
    """Return a document service whose event feed listens for notifications."""
    feed = EventFeed(async_database, ApiMeter())
    running = asyncio.create_task(feed.run())
    admission = Admission(async_database, max_pending=0, max_imports=0)
    limits = DocumentLimits()
    yield DocumentService(async_database, lexer, wake_ups, feed, admission, limits, ApiMeter())
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> asyncio.Queue[DocumentRef]:
    """Return a queue that gets each document when it has been read."""
    queue: asyncio.Queue[DocumentRef] = asyncio.Queue()
    read = read_documents.read

    async def recording(
        connection: AsyncConnection, ref: DocumentRef, visible: Sequence[Filter]
    ) -> Document | None:
        document = await read(connection, ref, visible)
        queue.put_nowait(ref)
        return document

    monkeypatch.setattr(read_documents, "read", recording)
    return queue


async def until_read(reads: asyncio.Queue[DocumentRef], count: int) -> None:
    async with asyncio.timeout(30):
        for _ in range(count):
            await reads.get()


async def test_few_queries_serve_many_waiting_clients(
    notified: DocumentService,
    harness: WorkerHarness,
    reads: asyncio.Queue[DocumentRef],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    queries: list[int] = []
    settled = read_documents.settled

    async def recording(
        connection: AsyncConnection, refs: Sequence[DocumentRef]
    ) -> list[DocumentRef]:
        queries.append(len(refs))
        return await settled(connection, refs)

    monkeypatch.setattr(read_documents, "settled", recording)
    harness.model.verified()
    with notified.bulk_import(CLIENTS) as bulk:
        for number in range(CLIENTS):
            await bulk.add(new(str(number), f"text {number}"))
        await bulk.flush()
    waiting = [
        asyncio.create_task(notified.wait(DocumentRef(named("c"), str(number)), 30))
        for number in range(CLIENTS)
    ]
    await until_read(reads, CLIENTS)
    while (await harness.work(Lane.BULK)).more:
        pass
    found: list[Document] = await asyncio.wait_for(asyncio.gather(*waiting), 30)
    assert {each.status for each in found} == {Status.READY}
    assert len(queries) < CLIENTS / 3


async def test_wait_ends_when_the_document_is_deleted(
    notified: DocumentService,
    harness: WorkerHarness,
    reads: asyncio.Queue[DocumentRef],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(document_waiter, "READ_EVERY_SECONDS", 0.05)
    harness.model.verified()
    await notified.create(new("a", "text"))
    waiting = asyncio.create_task(notified.wait(DocumentRef(named("c"), "a"), 30))
    await until_read(reads, 1)
    await notified.delete(DocumentRef(named("c"), "a"), None)
    with pytest.raises(DocumentNotFound):
        await asyncio.wait_for(waiting, 5)


async def test_wait_returns_the_pending_document_after_the_timeout(
    notified: DocumentService, harness: WorkerHarness
) -> None:
    harness.model.verified()
    await notified.create(new("a", "text"))
    assert (await notified.wait(DocumentRef(named("c"), "a"), 0.3)).status is Status.PENDING


async def test_wait_needs_no_notifications(
    documents: DocumentService, harness: WorkerHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(document_waiter, "READ_EVERY_SECONDS", 0.05)
    harness.model.verified()
    await documents.put(new("a"))
    started = time.monotonic()
    assert (await documents.wait(DocumentRef(named("c"), "a"), 0.2)).status is Status.PENDING
    assert 0.2 <= time.monotonic() - started < 5
    waiting = asyncio.create_task(documents.wait(DocumentRef(named("c"), "a"), 20))
    await harness.work()
    assert (await waiting).status is Status.READY

"""The statistics of tenants."""

import asyncio

import pytest

from shared.db.documents import write_documents
from shared.db.kit.pool import AsyncDatabase
from shared.db.operations import statistics
from shared.domain.documents.document import Lane
from shared.domain.refs import DEFAULT_TENANT, Tenant
from shared.domain.search.lexing.documents import lexed_document
from shared.services.documents.service import DocumentService
from tests.support.worker_harness import WorkerHarness, new

pytestmark = pytest.mark.anyio


async def embedded_last_minute(database: AsyncDatabase) -> int:
    async with database.connection() as connection:
        return (await statistics.of_tenant(connection, DEFAULT_TENANT)).totals.embedded_last_minute


async def test_only_embeddings_count_as_embedded_not_edits_of_metadata(
    harness: WorkerHarness, documents: DocumentService, async_database: AsyncDatabase
) -> None:
    harness.model.verified()
    for number in range(3):
        await documents.create(new(str(number), f"text {number}"))
    assert await embedded_last_minute(async_database) == 0
    await asyncio.to_thread(harness.embedding.work, Lane.INTERACTIVE)
    assert await embedded_last_minute(async_database) == 3
    again = [new(str(number), f"text {number}", metadata={"edited": True}) for number in range(3)]
    async with async_database.connection() as connection:
        written = await write_documents.accept_many(
            connection, list(map(lexed_document, again)), Lane.BULK
        )
        assert written == (3, 0, 3)
    assert await embedded_last_minute(async_database) == 3
    async with async_database.connection() as connection:
        await connection.execute("UPDATE embeddings SET embedded_at = now() - interval '61 s'")
    assert await embedded_last_minute(async_database) == 0


async def test_a_tenant_sees_nothing_of_others(
    harness: WorkerHarness, documents: DocumentService, async_database: AsyncDatabase
) -> None:
    harness.model.verified()
    await documents.create(new("a", "text"))
    await asyncio.to_thread(harness.embedding.work, Lane.INTERACTIVE)
    await documents.create(new("b", "text"))
    async with async_database.connection() as connection:
        mine = await statistics.of_tenant(connection, DEFAULT_TENANT)
        other = await statistics.of_tenant(connection, Tenant("other"))
    assert (mine.totals.documents, mine.totals.ready, mine.pending) == (2, 1, 1)
    assert len(mine.durations.waiting) == 1
    assert (other.totals.documents, other.totals.ready, other.pending) == (0, 0, 0)
    assert other.totals.embedded_last_minute == 0
    assert other.backlog.oldest_pending_seconds is None
    assert other.durations.waiting == []

"""The statistics of the whole system."""

import asyncio

import pytest

from shared.db.documents import write_documents
from shared.db.kit.pool import AsyncDatabase
from shared.db.operations import statistics
from shared.domain.documents.document import Lane
from shared.domain.search.lexing.documents import lexed_document
from shared.services.documents.service import DocumentService
from tests.support.worker_harness import WorkerHarness, new

pytestmark = pytest.mark.anyio


async def embedded_last_minute(database: AsyncDatabase) -> int:
    async with database.connection() as connection:
        return (await statistics.system_statistics(connection)).totals.embedded_last_minute


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

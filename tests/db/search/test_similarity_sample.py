"""The similarity of random pairs of chunks."""

import pytest

from shared.db.kit.pool import AsyncDatabase
from shared.db.search.similarity_sample import similarity_scale
from shared.services.documents.service import DocumentService
from tests.support.worker_harness import WorkerHarness, new

pytestmark = pytest.mark.anyio


async def write(
    documents: DocumentService, harness: WorkerHarness, *texts: str, copies: int = 1
) -> None:
    for copy in range(copies):
        for number, text in enumerate(texts):
            await documents.create(new(f"{copy}-{number}-{text}", text))
            await harness.work()


async def test_copies_do_not_count_as_random_pairs(
    async_database: AsyncDatabase, documents: DocumentService, harness: WorkerHarness
) -> None:
    await write(documents, harness, "ink", "paper", "starch", "vellum", "gall", "sand")
    async with async_database.connection() as connection:
        before = await similarity_scale(connection, 1)
    await write(documents, harness, "copied", copies=20)
    async with async_database.connection() as connection:
        after = await similarity_scale(connection, 1)
    assert before is not None
    assert after is not None
    assert after.mean < 0.9
    assert abs(after.mean - before.mean) < 0.3


async def test_few_documents_have_no_scale(
    async_database: AsyncDatabase, documents: DocumentService, harness: WorkerHarness
) -> None:
    await write(documents, harness, "ink", "paper")
    async with async_database.connection() as connection:
        assert await similarity_scale(connection, 1) is None

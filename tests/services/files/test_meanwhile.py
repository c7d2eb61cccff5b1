"""What is done with files while one of them is read."""

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from shared.db.kit.pool import AsyncDatabase
from shared.domain.files.file import FileStatus
from shared.services.files.extraction import FileExtraction
from shared.services.files.service import FileService
from tests.services.files.conftest import Ids, Send, rows
from tests.support.extractors import FakeExtractor

pytestmark = pytest.mark.anyio


@asynccontextmanager
async def reading(extraction: FileExtraction, extractor: FakeExtractor) -> AsyncIterator[None]:
    """Begin to read a file, and end it after the block."""
    begun = threading.Event()

    def wait() -> None:
        extractor.before = None
        begun.set()
        extractor.gate.wait(10)

    extractor.before = wait
    task = asyncio.create_task(extraction.extract_one())
    await asyncio.to_thread(begun.wait, 10)
    yield
    extractor.gate.set()
    await task


async def test_a_file_deleted_while_it_is_read_leaves_nothing(
    files: FileService,
    extraction: FileExtraction,
    extractor: FakeExtractor,
    send: Send,
    ids: Ids,
    async_database: AsyncDatabase,
) -> None:
    ref = await send("a", "one\ftwo")
    async with reading(extraction, extractor):
        await files.delete(ref)
    assert await ids() == []
    await extraction.clean_up()
    assert await rows(async_database, "SELECT 1 FROM files") == []
    assert await rows(async_database, "SELECT 1 FROM file_contents") == []


async def test_a_file_sent_again_while_it_is_read_ends_as_the_last_one(
    files: FileService,
    extraction: FileExtraction,
    extractor: FakeExtractor,
    send: Send,
    async_database: AsyncDatabase,
) -> None:
    ref = await send("a", "old")
    async with reading(extraction, extractor):
        await send("a", "new")
    assert await extraction.extract_one()
    found = await rows(async_database, "SELECT id, content FROM documents")
    assert found == [{"id": "a", "content": "new"}]
    assert (await files.get(ref)).status is FileStatus.PENDING


async def test_a_file_that_is_read_does_not_end_the_reading_of_another(
    files: FileService, extraction: FileExtraction, extractor: FakeExtractor, send: Send
) -> None:
    slow = await send("slow", "one")
    async with reading(extraction, extractor):
        await send("quick", "two")
        assert await extraction.extract_one()
        assert not await extraction.extract_one()
    assert extractor.read == ["slow", "quick"]
    assert (await files.get(slow)).status is FileStatus.PENDING

"""The slots of a worker: they read files at the same time, and look for files one at a time."""

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest

from shared.db.files import extractions
from shared.db.kit.pool import AsyncConnection, AsyncDatabase
from shared.domain.files.file import DueFile
from shared.services.files import extraction as service
from shared.services.files.extraction import FileExtraction
from shared.services.files.reading import ReadingStopped
from tests.services.files.conftest import Send
from tests.support.extractors import FakeExtractor

pytestmark = pytest.mark.anyio


@asynccontextmanager
async def running(extraction: FileExtraction) -> AsyncIterator[None]:
    task = asyncio.create_task(extraction.run())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError, ReadingStopped):
            await task


async def test_two_files_are_read_at_the_same_time(
    extraction: FileExtraction, extractor: FakeExtractor, send: Send
) -> None:
    both = threading.Barrier(3)
    for name in ("a", "b"):
        await send(name, "one")

    def wait() -> None:
        both.wait(20)

    extractor.before = wait
    async with running(extraction):
        await asyncio.to_thread(both.wait, 20)
    assert sorted(extractor.read) == ["a", "b"]


async def test_one_slot_looks_while_no_file_waits(
    extraction: FileExtraction, async_database: AsyncDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = asyncio.Queue[None]()
    claim = extractions.claim

    async def counted(connection: AsyncConnection, lease_seconds: float) -> DueFile | None:
        looks.put_nowait(None)
        return await claim(connection, lease_seconds)

    monkeypatch.setattr(extractions, "claim", counted)
    monkeypatch.setattr(service, "IDLE_SECONDS", 60)
    async with running(extraction):
        await asyncio.wait_for(looks.get(), 20)
        for _ in range(50):  # as many turns as a second look would need
            async with async_database.connection() as connection:
                await connection.execute("SELECT 1")
        assert looks.empty()

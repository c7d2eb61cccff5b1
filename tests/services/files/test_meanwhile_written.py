"""What is done with files while the documents of one of them are written."""

import asyncio

import pytest

from shared.db.files import extractions, file_documents
from shared.db.kit.pool import AsyncDatabase
from shared.domain.errors import LeaseLost
from shared.services.files import extraction as service
from shared.services.files.extraction import FileExtraction
from shared.services.files.service import FileService
from tests.services.files.conftest import GatedLexer, Ids, Send, rows, writing

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
def _nobody_looks_at_the_lease(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "IDLE_SECONDS", 60.0)


async def test_a_file_that_is_deleted_leaves_nothing(
    files: FileService,
    extraction: FileExtraction,
    lexing: GatedLexer,
    send: Send,
    ids: Ids,
    async_database: AsyncDatabase,
) -> None:
    ref = await send("a", "one\ftwo")
    async with writing(extraction, lexing):
        await files.delete(ref)
    await extraction.clean_up()
    assert await ids() == []
    assert await rows(async_database, "SELECT 1 FROM files") == []
    assert await rows(async_database, "SELECT 1 FROM jobs") == []


async def test_a_file_that_is_deleted_and_sent_again_has_its_last_documents(
    files: FileService, extraction: FileExtraction, lexing: GatedLexer, send: Send, ids: Ids
) -> None:
    ref = await send("a", "one\ftwo")
    async with writing(extraction, lexing):
        await files.delete(ref)
        await send("a", "three")
    assert await extraction.extract_one()
    assert await ids() == ["a"]


async def test_a_deletion_waits_for_what_is_just_stored(
    files: FileService, send: Send, async_database: AsyncDatabase
) -> None:
    ref = await send("a", "one")
    async with async_database.connection() as connection:
        due = await extractions.claim(connection, 60)
        assert due
        async with connection.transaction():
            await extractions.hold(connection, due)
            deleting = asyncio.create_task(files.delete(ref))
            await asyncio.sleep(0.2)
            assert not deleting.done()
        await deleting
        with pytest.raises(LeaseLost):
            await extractions.hold(connection, due)


async def test_a_former_extraction_deletes_nothing_of_the_next_one(
    extraction: FileExtraction, send: Send, ids: Ids, async_database: AsyncDatabase
) -> None:
    await send("a", "one")
    async with async_database.connection() as connection:
        former = await extractions.claim(connection, 0.0)
        assert former
        await send("a", "one\ftwo")
        await extraction.extract_one()
        with pytest.raises(LeaseLost):
            await file_documents.delete_others(connection, former, [0])
    assert await ids() == ["a#1", "a#2"]

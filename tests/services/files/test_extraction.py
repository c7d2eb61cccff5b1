"""How files become documents, and what becomes of them with a new version."""

import pytest

from shared.db.kit.pool import AsyncDatabase
from shared.domain.documents.document import Lane
from shared.domain.documents.listing import Listing
from shared.domain.errors import FileNotFound
from shared.domain.files.file import FileStatus
from shared.services.documents.service import DocumentService
from shared.services.files.extraction import FileExtraction
from shared.services.files.service import FileService
from tests.services.files.conftest import Ids, MakeExtraction, Send, rows
from tests.support.collections import named
from tests.support.extractors import FakeExtractor
from tests.support.worker_harness import WorkerHarness

pytestmark = pytest.mark.anyio


async def test_a_file_becomes_a_document_that_becomes_ready(
    files: FileService,
    documents: DocumentService,
    extraction: FileExtraction,
    send: Send,
    harness: WorkerHarness,
) -> None:
    ref = await send(
        "notes/ink.txt", "Ink dries.", metadata={"year": 2, "team": "a"}, source="wiki"
    )
    assert (await files.get(ref)).status is FileStatus.EXTRACTING
    assert await extraction.extract_one()
    file = await files.get(ref)
    assert (file.status, file.documents, file.pages) == (FileStatus.PENDING, 1, 1)
    assert file.extractor == ("fake", "1.0")
    await harness.work(Lane.BULK)
    assert (await files.get(ref)).status is FileStatus.READY
    (document,) = (await documents.page(Listing(named("c")))).documents
    assert document.ref.id == "notes/ink.txt"
    assert document.title == "Page 1"
    assert document.lane == "bulk"
    assert document.metadata == {
        "file": "notes/ink.txt",
        "lang": "en",
        "media_type": "text/plain",
        "said": "by the file",
        "source": "wiki",
        "team": "a",
        "year": 2,
    }
    assert not await extraction.extract_one()


async def test_the_same_file_again_is_not_read_again(
    files: FileService, extraction: FileExtraction, extractor: FakeExtractor, send: Send
) -> None:
    ref = await send("a", "one\ftwo")
    await extraction.extract_one()
    before = await files.get(ref)
    await send("a", "one\ftwo")
    assert not await extraction.extract_one()
    assert extractor.read == ["a"]
    assert await files.get(ref) == before
    await send("a", "one\ftwo", metadata={"new": True})
    assert await extraction.extract_one()


async def test_a_new_version_with_fewer_parts_deletes_the_others(
    files: FileService,
    extraction: FileExtraction,
    send: Send,
    ids: Ids,
    async_database: AsyncDatabase,
) -> None:
    ref = await send("a", "one\ftwo\fthree")
    await extraction.extract_one()
    assert await ids() == ["a#1", "a#2", "a#3"]
    assert (await files.get(ref)).pages == 3
    await send("a", "one\ftwo")
    assert await ids() == ["a#1", "a#2", "a#3"]
    await extraction.extract_one()
    assert await ids() == ["a#1", "a#2"]
    await send("a", "one")
    await extraction.extract_one()
    assert await ids() == ["a"]
    contents = await rows(async_database, "SELECT key FROM file_contents")
    assert len(contents) == 1
    changes = await rows(async_database, "SELECT id FROM events WHERE status = 'deleted'")
    assert sorted(row["id"] for row in changes) == ["a#1", "a#2", "a#3"]


async def test_a_file_of_several_pieces_arrives_whole(
    extraction: FileExtraction, send: Send, ids: Ids, async_database: AsyncDatabase
) -> None:
    text = "\f".join("x" * 900_000 + str(n) for n in range(3))
    await send("a", text)
    await extraction.extract_one()
    found = await rows(async_database, "SELECT content FROM documents ORDER BY id")
    assert "\f".join(row["content"] for row in found) == text
    assert await ids() == ["a#1", "a#2", "a#3"]


async def test_a_deleted_file_takes_its_documents(
    files: FileService,
    extraction: FileExtraction,
    send: Send,
    ids: Ids,
    async_database: AsyncDatabase,
) -> None:
    ref = await send("a", "one\ftwo")
    await extraction.extract_one()
    await files.delete(ref)
    assert await ids() == []
    with pytest.raises(FileNotFound):
        await files.get(ref)
    for table in ("files", "file_documents", "file_contents", "file_pieces", "document_locations"):
        assert await rows(async_database, f"SELECT 1 FROM {table}") == []


async def test_a_newer_extractor_reads_again_and_equal_texts_embed_nothing(
    files: FileService,
    make_extraction: MakeExtraction,
    extraction: FileExtraction,
    send: Send,
    harness: WorkerHarness,
) -> None:
    ref = await send("a", "one\ftwo")
    await extraction.extract_one()
    await harness.work(Lane.BULK)
    calls = len(harness.embedder.calls)
    await extraction.extract_again()
    assert not await extraction.extract_one()
    newer = make_extraction(FakeExtractor(version="1.10"))
    await newer.extract_again()
    assert await newer.extract_one()
    file = await files.get(ref)
    assert file.extractor == ("fake", "1.10")
    assert file.status is FileStatus.READY
    assert len(harness.embedder.calls) == calls
    await extraction.extract_again()
    assert not await extraction.extract_one()

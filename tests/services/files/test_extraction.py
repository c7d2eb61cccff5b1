"""How files become documents, and what happens if reading them fails."""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from shared.db.files import extractions
from shared.db.kit.pool import AsyncDatabase, Database
from shared.domain.documents.document import Lane
from shared.domain.documents.listing import Listing
from shared.domain.errors import FileNotFound
from shared.domain.files.file import FileListing, FileOptions, FileStatus
from shared.domain.files.parts import ExtractionFailed, FileErrorCode
from shared.domain.operations.client import Client
from shared.domain.reasons import FailureKind
from shared.domain.refs import Collection
from shared.services.documents.service import DocumentService
from shared.services.files.extraction import FileExtraction
from shared.services.files.service import FileService
from tests.services.files.conftest import MakeExtraction, Send
from tests.support.collections import named
from tests.support.extractors import FakeExtractor
from tests.support.tenants import add_tenant
from tests.support.worker_harness import WorkerHarness

pytestmark = pytest.mark.anyio

FAIL_ALL = "UPDATE jobs SET failed_at = now(), error_code = 'e', error_message = 'm'"
Ids = Callable[[], Awaitable[list[str]]]


async def rows(database: AsyncDatabase, statement: str) -> list[dict[str, Any]]:
    async with database.connection() as connection:
        return await (await connection.execute(statement)).fetchall()


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


@pytest.mark.parametrize("code", [FileErrorCode.ENCRYPTED, FileErrorCode.SCANNED])
async def test_what_cannot_be_read_fails_at_once_and_changes_no_document(
    files: FileService,
    extraction: FileExtraction,
    extractor: FakeExtractor,
    send: Send,
    ids: Ids,
    code: FileErrorCode,
) -> None:
    ref = await send("a", "one\ftwo")
    await extraction.extract_one()
    await send("a", "another")
    extractor.fault = ExtractionFailed(code)
    await extraction.extract_one()
    file = await files.get(ref)
    assert file.status is FileStatus.FAILED
    assert file.error
    assert (file.error.code, file.error.message, file.error.attempts) == (code, code.meaning, 1)
    assert (file.error.kind, file.error.retry_may_help) == (FailureKind.FILE, False)
    assert await ids() == ["a#1", "a#2"]
    extractor.fault = None
    assert (await files.retry(ref)).status is FileStatus.EXTRACTING
    assert await extraction.extract_one()
    assert await ids() == ["a"]
    assert (await files.get(ref)).error is None


async def test_what_took_too_long_is_tried_three_times(
    files: FileService,
    extraction: FileExtraction,
    extractor: FakeExtractor,
    send: Send,
    async_database: AsyncDatabase,
) -> None:
    ref = await send("a", "one")
    extractor.fault = ExtractionFailed(FileErrorCode.TIMED_OUT)
    for attempt in range(1, 4):
        assert await extraction.extract_one()
        error = (await files.get(ref)).error
        assert error
        assert (error.attempts, error.retry_may_help) == (attempt, True)
        async with async_database.connection() as connection:
            await connection.execute("UPDATE files SET available_at = now()")
    assert (await files.get(ref)).status is FileStatus.FAILED
    assert not await extraction.extract_one()


async def test_an_unexpected_error_counts_as_an_attempt(
    files: FileService, extraction: FileExtraction, extractor: FakeExtractor, send: Send
) -> None:
    ref = await send("a", "one")
    extractor.fault = RuntimeError("a bug that quotes secret text")
    await extraction.extract_one()
    file = await files.get(ref)
    assert file.status is FileStatus.EXTRACTING
    assert file.error
    assert "secret" not in file.error.message


async def test_a_file_whose_readers_die_fails_in_the_end(
    files: FileService, extraction: FileExtraction, send: Send, async_database: AsyncDatabase
) -> None:
    ref = await send("a", "one")
    for _ in range(4):
        async with async_database.connection() as connection:
            assert await extractions.claim(connection, 0.0)
    await extraction.extract_one()
    file = await files.get(ref)
    assert file.status is FileStatus.FAILED
    assert file.error
    assert "workers have stopped" in file.error.message


async def test_an_unsupported_type_says_so(
    files: FileService, extraction: FileExtraction, send: Send
) -> None:
    ref = await send("a.exe", "one")
    await extraction.extract_one()
    file = await files.get(ref)
    assert file.error
    assert file.error.code == "unsupported-type"


async def test_a_text_that_cannot_be_stored_fails_its_file(
    files: FileService, extraction: FileExtraction, send: Send
) -> None:
    ref = await send("a", "one\f\0")
    await extraction.extract_one()
    file = await files.get(ref)
    assert file.error
    assert file.error.code == "unreadable"


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


async def test_a_file_deleted_while_it_is_read_leaves_nothing(
    files: FileService,
    extraction: FileExtraction,
    extractor: FakeExtractor,
    send: Send,
    ids: Ids,
    async_database: AsyncDatabase,
) -> None:
    ref = await send("a", "one\ftwo")
    begun = threading.Event()

    def wait() -> None:
        begun.set()
        extractor.gate.wait(10)

    extractor.before = wait
    reading = asyncio.create_task(extraction.extract_one())
    await asyncio.to_thread(begun.wait, 10)
    await files.delete(ref)
    extractor.gate.set()
    await reading
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
    begun = threading.Event()

    def wait() -> None:
        begun.set()
        extractor.gate.wait(10)

    extractor.before = wait
    reading = asyncio.create_task(extraction.extract_one())
    await asyncio.to_thread(begun.wait, 10)
    await send("a", "new")
    extractor.gate.set()
    await reading
    assert await extraction.extract_one()
    found = await rows(async_database, "SELECT id, content FROM documents")
    assert found == [{"id": "a", "content": "new"}]
    assert (await files.get(ref)).status is FileStatus.PENDING


async def test_a_file_that_is_read_does_not_end_the_reading_of_another(
    files: FileService, extraction: FileExtraction, extractor: FakeExtractor, send: Send
) -> None:
    slow = await send("slow", "one")
    begun = threading.Event()

    def wait() -> None:
        extractor.before = None
        begun.set()
        extractor.gate.wait(10)

    extractor.before = wait
    reading = asyncio.create_task(extraction.extract_one())
    await asyncio.to_thread(begun.wait, 10)
    await send("quick", "two")
    assert await extraction.extract_one()
    assert not await extraction.extract_one()
    extractor.gate.set()
    await reading
    assert extractor.read == ["slow", "quick"]
    assert (await files.get(slow)).status is FileStatus.PENDING


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


async def test_tenants_have_turns(
    files: FileService,
    extraction: FileExtraction,
    extractor: FakeExtractor,
    send: Send,
    harness: WorkerHarness,
    database: Database,
) -> None:
    await harness.work(Lane.BULK)  # the other tenant's model is a copy of the first one's
    other = Collection(add_tenant(database, "other"), "c")
    for n in range(3):
        await send(f"first{n}", "text")
    async with files.upload(Client(other.tenant, "")) as upload:
        for n in range(2):
            await upload.begin(f"second{n}", None)
            await upload.add(b"text")
            await upload.end()
        await upload.accept(other, None, FileOptions(None, {}, None))
    while await extraction.extract_one():
        pass
    assert extractor.read == ["first0", "second0", "first1", "second1", "first2"]


async def test_lists_are_by_status_and_source(
    files: FileService,
    extraction: FileExtraction,
    send: Send,
    extractor: FakeExtractor,
    database: Database,
    harness: WorkerHarness,
) -> None:
    await harness.work(Lane.BULK)  # without a model there are no jobs
    for name in ("a", "b", "c"):
        await send(name, "text", source="wiki" if name == "b" else None)
    await extraction.extract_one()
    c = named("c")
    found, after = await files.page(FileListing(c, limit=2))
    assert [file.ref.id for file in found] == ["c", "b"]
    found, after = await files.page(FileListing(c, limit=2, after=after))
    assert ([file.ref.id for file in found], after) == (["a"], None)
    found, _ = await files.page(FileListing(c, status=FileStatus.EXTRACTING))
    assert [file.ref.id for file in found] == ["c", "b"]
    found, _ = await files.page(FileListing(c, status=FileStatus.PENDING))
    assert [file.ref.id for file in found] == ["a"]
    found, _ = await files.page(FileListing(c, source="wiki"))
    assert [file.ref.id for file in found] == ["b"]
    extractor.fault = ExtractionFailed(FileErrorCode.ENCRYPTED)
    await extraction.extract_one()
    with database.connection() as connection:
        connection.execute(FAIL_ALL)
    found, _ = await files.page(FileListing(c, status=FileStatus.FAILED))
    assert [file.ref.id for file in found] == ["b", "a"]
    found, _ = await files.page(FileListing(c, unread=True))
    assert [file.ref.id for file in found] == ["b"]

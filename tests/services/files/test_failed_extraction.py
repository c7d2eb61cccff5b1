"""What happens if a file cannot be read."""

import errno

import pytest

from shared.db.files import extractions, file_documents
from shared.db.kit.pool import AsyncDatabase
from shared.domain.database_errors import DatabaseTimeout
from shared.domain.files.file import RETRY, FileStatus
from shared.domain.files.parts import ExtractionFailed, FileErrorCode
from shared.domain.reasons import FailureKind
from shared.services.files.extraction import FileExtraction
from shared.services.files.service import FileService
from tests.services.files.conftest import Ids, Send
from tests.support.extractors import FakeExtractor

pytestmark = pytest.mark.anyio


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


@pytest.mark.parametrize("fault", [OSError(errno.ENOSPC, "disk is full"), ChildProcessError()])
async def test_a_fault_of_the_machine_counts_against_no_file(
    files: FileService,
    extraction: FileExtraction,
    extractor: FakeExtractor,
    send: Send,
    ids: Ids,
    async_database: AsyncDatabase,
    fault: OSError,
) -> None:
    ref = await send("a", "one")
    extractor.fault = fault
    for _ in range(RETRY.max_attempts + 1):
        assert await extraction.extract_one()
        assert not await extraction.extract_one()
        async with async_database.connection() as connection:
            await connection.execute("UPDATE files SET available_at = now()")
    file = await files.get(ref)
    assert (file.status, file.error) == (FileStatus.EXTRACTING, None)
    extractor.fault = None
    assert await extraction.extract_one()
    assert await ids() == ["a"]


async def test_a_file_whose_write_takes_too_long_fails_in_the_end(
    files: FileService,
    extraction: FileExtraction,
    send: Send,
    async_database: AsyncDatabase,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def delete_others(*_: object) -> bool:
        raise DatabaseTimeout

    monkeypatch.setattr(file_documents, "delete_others", delete_others)
    ref = await send("a", "one")
    for _ in range(RETRY.max_attempts):
        assert await extraction.extract_one()
        async with async_database.connection() as connection:
            await connection.execute("UPDATE files SET available_at = now()")
    file = await files.get(ref)
    assert (file.status, file.error and file.error.retry_may_help) == (FileStatus.FAILED, True)


async def test_the_same_file_again_is_read_again_if_it_could_not_be_read(
    files: FileService,
    extraction: FileExtraction,
    extractor: FakeExtractor,
    send: Send,
    ids: Ids,
) -> None:
    ref = await send("a", "one")
    extractor.fault = ExtractionFailed(FileErrorCode.UNREADABLE)
    assert await extraction.extract_one()
    assert (await files.get(ref)).status is FileStatus.FAILED
    extractor.fault = None
    await send("a", "one")
    assert await extraction.extract_one()
    assert await ids() == ["a"]


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

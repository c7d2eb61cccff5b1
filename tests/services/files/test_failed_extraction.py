"""What happens if a file cannot be read."""

import errno
from types import ModuleType

import pytest
from structlog.testing import capture_logs

from shared.db.documents import write_documents
from shared.db.files import extractions, file_documents
from shared.db.kit.pool import AsyncDatabase
from shared.domain.database_errors import DatabaseTimeout
from shared.domain.files.file import RETRY, FileStatus
from shared.domain.files.parts import ExtractionFailed, FileErrorCode
from shared.domain.reasons import FailureKind
from shared.services.files.extraction import FileExtraction
from shared.services.files.service import FileService
from tests.services.files.conftest import Ids, Send, rows
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


async def test_a_machine_that_stays_broken_is_asked_ever_more_rarely(
    extraction: FileExtraction,
    extractor: FakeExtractor,
    send: Send,
    async_database: AsyncDatabase,
) -> None:
    await send("secret-name", "one")
    extractor.fault = OSError(errno.ENOSPC, "disk is full")
    delays = []
    with capture_logs() as logs:
        for _ in range(8):
            assert await extraction.extract_one()
            delays.append(await _let_time_pass(async_database))
    assert delays[0] == pytest.approx(10, abs=2)
    assert delays[1] > delays[0]
    assert delays[-1] == pytest.approx(RETRY.cap_seconds, abs=2)
    (key,) = await rows(async_database, "SELECT key FROM files")
    told = [each for each in logs if each["event"] == "file.postponed"]
    assert [(each["tenant"], each["collection"], each["file_key"]) for each in told] == [
        ("default", "c", key["key"])
    ] * 8
    assert "secret-name" not in str(logs)


async def _let_time_pass(database: AsyncDatabase) -> float:
    """Make the file due, as if it had waited; return how many seconds it would have."""
    (row,) = await rows(
        database,
        "WITH owed AS (SELECT key, available_at - now() AS delay FROM files)"
        " UPDATE files f SET available_at = available_at - delay, updated_at = updated_at - delay"
        " FROM owed WHERE owed.key = f.key RETURNING extract(epoch FROM delay)::float AS seconds",
    )
    return float(row["seconds"])


@pytest.mark.parametrize(
    "step", [(write_documents, "accept_many"), (file_documents, "delete_others")]
)
async def test_a_file_whose_write_takes_too_long_fails_after_minutes(
    files: FileService,
    extraction: FileExtraction,
    send: Send,
    async_database: AsyncDatabase,
    monkeypatch: pytest.MonkeyPatch,
    step: tuple[ModuleType, str],
) -> None:
    """Documents may be locked for a minute, as while a collection is renamed."""

    async def wait(*_: object) -> None:
        raise DatabaseTimeout

    monkeypatch.setattr(*step, wait)
    ref = await send("a", "one")
    waited = 0.0
    while (file := await files.get(ref)).status is FileStatus.EXTRACTING:
        assert await extraction.extract_one()
        waited += await _let_time_pass(async_database)
    assert 180 < waited < 1200
    assert file.error
    assert (file.error.code, file.error.retry_may_help) == ("timed-out", True)


async def test_a_file_is_read_after_its_documents_were_locked_for_long(
    extraction: FileExtraction,
    send: Send,
    ids: Ids,
    async_database: AsyncDatabase,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def wait(*_: object) -> None:
        raise DatabaseTimeout

    await send("a", "one\ftwo")
    with monkeypatch.context() as locked:
        locked.setattr(write_documents, "accept_many", wait)
        for _ in range(RETRY.max_attempts + 1):
            assert await extraction.extract_one()
            await _let_time_pass(async_database)
    assert await extraction.extract_one()
    assert await ids() == ["a#1", "a#2"]


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

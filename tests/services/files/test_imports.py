"""How files count in an import, from their upload to the last of their documents."""

from collections.abc import Sequence
from uuid import UUID, uuid4

import pytest

from shared.db.documents import delete_documents, imports
from shared.db.files import files as stored_files
from shared.db.kit.pool import AsyncDatabase, Database
from shared.domain.access.principal import OPEN
from shared.domain.documents.bulk_report import BulkReport
from shared.domain.documents.document import Lane
from shared.domain.documents.imports import Import, ImportState
from shared.domain.files.file import FileOptions, FileRef
from shared.domain.files.parts import ExtractionFailed, FileErrorCode
from shared.domain.operations.client import ANYONE
from shared.domain.refs import DEFAULT_TENANT, DocumentRef
from shared.services.collections import deletion
from shared.services.documents.imports import ImportService
from shared.services.files.extraction import FileExtraction
from shared.services.files.service import FileService
from tests.services.files.conftest import MAX_BYTES, MakeExtraction
from tests.support.collections import named
from tests.support.extractors import FakeExtractor
from tests.support.worker_harness import WorkerHarness

pytestmark = pytest.mark.anyio

OPTIONS = FileOptions(None, {}, None)
LOCKED = ExtractionFailed(FileErrorCode.ENCRYPTED)


class Importing:
    """An import of files, which a test reads and lets a worker end."""

    def __init__(self, files: FileService, service: ImportService, database: Database) -> None:
        self.files = files
        self.id: UUID = uuid4()
        self.service = service
        self.database = database

    async def send(self, name: str, text: str) -> FileRef | None:
        """Send a file in a request of its own; return its ref if it is accepted."""
        report = BulkReport(collections={named("c")})
        async with (
            self.service.receiving(DEFAULT_TENANT, self.id, report),
            self.files.upload(ANYONE, report) as upload,
        ):
            await upload.begin(name, "text/plain")
            await upload.add(text.encode())
            await upload.end()
            accepted = await upload.accept(named("c"), None, OPTIONS)
        return accepted[0] if accepted else None

    async def settled(self) -> Import:
        """Return the import after a worker has looked whether it has ended."""
        with self.database.connection() as connection:
            imports.settle(connection)
        return await self.service.get(OPEN, self.id)

    async def counts(self) -> tuple[int, int, int, int]:
        """Return what is accepted, ready, pending and failed."""
        found = await self.settled()
        return found.accepted, found.ready, found.pending, found.failed

    async def failures(self) -> Sequence[tuple[str, str, str]]:
        """Return kinds, ids and codes of what has failed."""
        found, complete = await self.service.failed(OPEN, self.id, 10)
        assert complete
        return [(each.kind, each.id, each.code) for each in found]


@pytest.fixture
async def importing(
    files: FileService, async_database: AsyncDatabase, database: Database, harness: WorkerHarness
) -> Importing:
    await harness.work(Lane.BULK)  # without a model there are no jobs
    return Importing(files, ImportService(async_database), database)


async def test_a_file_is_pending_until_the_last_of_its_documents_is_ready(
    importing: Importing, extraction: FileExtraction, harness: WorkerHarness, database: Database
) -> None:
    await importing.send("a", "one\ftwo\fthree")
    await importing.send("b", "four")
    assert await importing.counts() == (2, 0, 2, 0)
    while await extraction.extract_one():
        assert await importing.counts() == (2, 0, 2, 0)
    with database.connection() as connection:
        jobs = connection.execute("SELECT FROM jobs").rowcount
        connection.execute(
            "DELETE FROM jobs j USING documents d WHERE d.key = j.document_key AND d.id = 'a#2'"
        )
    assert (jobs, await importing.counts()) == (4, (2, 0, 2, 0))
    assert (await importing.settled()).state is ImportState.EMBEDDING
    await harness.work(Lane.BULK)
    assert await importing.counts() == (2, 2, 0, 0)
    assert (await importing.settled()).state is ImportState.DONE


async def test_a_file_that_cannot_be_read_has_failed_with_its_reason_until_it_is_retried(
    importing: Importing, extraction: FileExtraction, extractor: FakeExtractor
) -> None:
    extractor.fault = LOCKED
    ref = await importing.send("a", "one")
    await extraction.extract_one()
    assert await importing.counts() == (1, 0, 0, 1)
    assert (await importing.settled()).state is ImportState.DONE
    assert await importing.failures() == [("file", "a", "encrypted")]
    extractor.fault = None
    assert ref
    await importing.files.retry(ref)
    assert (await importing.counts(), await importing.failures()) == ((1, 0, 1, 0), [])
    await extraction.extract_one()
    assert await importing.counts() == (1, 0, 1, 0)


async def test_a_document_that_fails_makes_its_file_fail_once(
    importing: Importing, extraction: FileExtraction, database: Database
) -> None:
    await importing.send("a", "one\ftwo\fthree")
    await extraction.extract_one()
    fail = (
        "UPDATE jobs SET failed_at = now(), error_code = 'e', error_message = 'm'"
        " WHERE document_key IN (SELECT key FROM documents ORDER BY key LIMIT %s)"
    )
    with database.connection() as connection:
        connection.execute(fail, [2])
    assert await importing.counts() == (1, 0, 1, 0)
    with database.connection() as connection:
        connection.execute(fail, [3])
    assert await importing.counts() == (1, 0, 0, 1)
    assert await importing.failures() == [("document", f"a#{n}", "e") for n in (1, 2, 3)]


async def test_unchanged_and_rejected_files_are_counted_and_rejected_ones_named(
    importing: Importing, extraction: FileExtraction
) -> None:
    await importing.send("a", "one")
    await extraction.extract_one()
    await importing.send("a", "one")
    await importing.send("large", "x" * (MAX_BYTES + 1))
    await importing.send("empty", "")
    found, rejected, _ = await importing.service.rejected(
        OPEN, importing.id, 0, 10, are_skipped=False
    )
    assert (found.accepted, found.unchanged, found.rejected) == (1, 1, 2)
    assert found.collection == "c"
    assert found.bytes == 3 + 3 + MAX_BYTES + 1
    assert [(each.request, each.line, each.id) for each in rejected] == [
        (3, None, "large"),
        (4, None, "empty"),
    ]
    assert rejected[1].error == "The file has no bytes."


@pytest.mark.parametrize("change", ["sent again", "read by a new version"])
async def test_an_import_waits_no_more_for_what_others_change(
    importing: Importing,
    extraction: FileExtraction,
    make_extraction: MakeExtraction,
    harness: WorkerHarness,
    change: str,
) -> None:
    ref = await importing.send("a", "one")
    assert ref
    await extraction.extract_one()
    if change == "sent again":
        other = Importing(importing.files, importing.service, importing.database)
        await other.send("a", "two")
        assert await other.counts() == (1, 0, 1, 0)
        await extraction.extract_one()
        assert await other.counts() == (1, 0, 1, 0)
    else:
        await harness.work(Lane.BULK)
        await make_extraction(FakeExtractor(version="2.0")).extract_again()
    assert await importing.counts() == (1, 1, 0, 0)


@pytest.mark.parametrize("state", ["waiting", "failed", "pending", "failed to embed"])
async def test_a_file_that_is_deleted_before_it_is_ready_was_never_ready(
    importing: Importing,
    extraction: FileExtraction,
    extractor: FakeExtractor,
    database: Database,
    state: str,
) -> None:
    extractor.fault = LOCKED if state == "failed" else None
    ref = await importing.send("a", "one\ftwo")
    assert ref
    if state != "waiting":
        await extraction.extract_one()
    if state == "failed to embed":
        with database.connection() as connection:
            connection.execute(
                "UPDATE jobs SET failed_at = now(), error_code = 'e', error_message = 'm'"
            )
    await importing.files.delete(ref)
    assert await importing.counts() == (1, 0, 0, 0)
    assert (await importing.settled()).deleted == 1


async def test_a_file_that_is_deleted_later_was_ready(
    importing: Importing, extraction: FileExtraction, harness: WorkerHarness
) -> None:
    ref = await importing.send("a", "one")
    assert ref
    await extraction.extract_one()
    await harness.work(Lane.BULK)
    await importing.files.delete(ref)
    assert await importing.counts() == (1, 1, 0, 0)
    assert (await importing.settled()).deleted == 0


@pytest.mark.parametrize(("text", "deleted"), [("one", 1), ("one\ftwo", 0)])
async def test_a_document_is_an_item_of_an_import_only_if_it_is_all_of_its_file(
    importing: Importing,
    extraction: FileExtraction,
    async_database: AsyncDatabase,
    text: str,
    deleted: int,
) -> None:
    await importing.send("a", text)
    await extraction.extract_one()
    ids = {"one": "a", "one\ftwo": "a#1"}
    async with async_database.connection() as connection:
        ref = DocumentRef(named("c"), ids[text])
        assert (await delete_documents.delete(connection, ref, None)).deleted
    assert (await importing.settled()).deleted == deleted


async def test_a_file_counts_once_though_its_document_is_deleted_before_it_goes(
    importing: Importing, extraction: FileExtraction, async_database: AsyncDatabase
) -> None:
    ref = await importing.send("a", "one")
    assert ref
    await extraction.extract_one()
    async with async_database.connection() as connection:
        await stored_files.mark_deleted(connection, ref)
        await delete_documents.delete(connection, DocumentRef(named("c"), "a"), None)
    assert (await importing.settled()).deleted == 1


@pytest.mark.parametrize("state", ["waiting", "failed", "pending", "ready"])
async def test_what_goes_with_its_collection_counts_once(
    importing: Importing,
    extraction: FileExtraction,
    extractor: FakeExtractor,
    harness: WorkerHarness,
    async_database: AsyncDatabase,
    state: str,
) -> None:
    extractor.fault = LOCKED if state == "failed" else None
    for name, text in (("a", "one"), ("b", "two\fthree")):
        await importing.send(name, text)
        if state != "waiting":
            await extraction.extract_one()
    if state == "ready":
        await harness.work(Lane.BULK)
    await deletion.delete(async_database, OPEN, named("c"))
    found = await importing.settled()
    assert (found.accepted, found.pending, found.failed) == (2, 0, 0)
    assert (found.ready, found.deleted) == ((2, 0) if state == "ready" else (0, 2))

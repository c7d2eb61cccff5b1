"""The list of files, and whose file is read next."""

import pytest

from shared.db.kit.pool import Database
from shared.domain.documents.document import Lane
from shared.domain.files.file import FileListing, FileOptions, FileStatus
from shared.domain.files.parts import ExtractionFailed, FileErrorCode
from shared.domain.operations.client import Client
from shared.domain.refs import Collection
from shared.services.files.extraction import FileExtraction
from shared.services.files.service import FileService
from tests.services.files.conftest import Send
from tests.support.collections import named
from tests.support.extractors import FakeExtractor
from tests.support.tenants import add_tenant
from tests.support.worker_harness import WorkerHarness

pytestmark = pytest.mark.anyio

FAIL_ALL = "UPDATE jobs SET failed_at = now(), error_code = 'e', error_message = 'm'"


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

"""Documents before and after the file that they are of."""

from collections.abc import Awaitable, Callable

import pytest

from shared.db.files import files as stored_files
from shared.db.kit.pool import AsyncDatabase
from shared.domain.files.file import FileRef, FileStatus
from shared.domain.files.parts import ExtractionFailed, FileErrorCode
from shared.domain.refs import DocumentRef
from shared.services.documents.service import DocumentService
from shared.services.files.extraction import FileExtraction
from shared.services.files.service import FileService
from tests.services.files.conftest import MakeExtraction, Send
from tests.support.extractors import FakeExtractor
from tests.support.worker_harness import new

pytestmark = pytest.mark.anyio

Ids = Callable[[], Awaitable[list[str]]]
OTHER = pytest.mark.parametrize(("source", "kept"), [("wiki", []), ("another", ["a"])])


async def is_of_other(database: AsyncDatabase, ref: FileRef, source: str | None) -> bool:
    async with database.connection() as connection:
        return await stored_files.is_of_other_source(connection, ref, source)


@OTHER
async def test_parts_replace_it(
    documents: DocumentService,
    extraction: FileExtraction,
    send: Send,
    ids: Ids,
    source: str,
    kept: list[str],
) -> None:
    await documents.put(new("a", "imported", metadata={"source": source}))
    await send("a", "one\ftwo", source="wiki")
    assert await ids() == ["a"]
    await extraction.extract_one()
    assert await ids() == [*kept, "a#1", "a#2"]


@OTHER
async def test_it_goes_with_a_file_that_cannot_be_read(
    documents: DocumentService,
    files: FileService,
    make_extraction: MakeExtraction,
    send: Send,
    ids: Ids,
    source: str,
    kept: list[str],
) -> None:
    await documents.put(new("a", "imported", metadata={"source": source}))
    ref = await send("a", "one", source="wiki")
    locked = ExtractionFailed(FileErrorCode.ENCRYPTED, "It is protected by a password.")
    await make_extraction(FakeExtractor(fault=locked)).extract_one()
    assert (await files.get(ref)).status is FileStatus.FAILED
    assert await ids() == ["a"]
    await files.delete(ref)
    assert await ids() == kept


async def test_the_same_file_again_brings_back_a_deleted_document(
    documents: DocumentService,
    files: FileService,
    extraction: FileExtraction,
    send: Send,
    ids: Ids,
) -> None:
    ref = await send("a", "one\ftwo")
    await extraction.extract_one()
    await documents.delete(DocumentRef(ref.collection, "a#1"), None)
    assert await send("a", "one\ftwo") == ref
    assert (await files.get(ref)).status is FileStatus.EXTRACTING
    await extraction.extract_one()
    assert await ids() == ["a#1", "a#2"]
    await send("a", "one\ftwo")
    assert not await extraction.extract_one()


async def test_a_file_of_another_source_replaces_one_without_documents(
    documents: DocumentService,
    files: FileService,
    async_database: AsyncDatabase,
    extraction: FileExtraction,
    send: Send,
) -> None:
    ref = await send("a", "one\ftwo", source="wiki")

    async def is_of_other_source() -> bool:
        return await is_of_other(async_database, ref, "folder")

    assert await is_of_other_source()
    await extraction.extract_one()
    await documents.delete(DocumentRef(ref.collection, "a#1"), None)
    assert await is_of_other_source()
    await documents.delete(DocumentRef(ref.collection, "a#2"), None)
    assert not await is_of_other_source()
    assert (await files.get(ref)).documents == 0


async def test_a_file_whose_text_names_a_source_replaces_itself(
    documents: DocumentService,
    async_database: AsyncDatabase,
    make_extraction: MakeExtraction,
    send: Send,
) -> None:
    ref = await send("a", "one")
    await make_extraction(FakeExtractor(said={"source": "a book"})).extract_one()
    stored = await documents.get(DocumentRef(ref.collection, "a"))
    assert stored.metadata["source"] == "a book"
    assert not await is_of_other(async_database, ref, None)
    assert await is_of_other(async_database, ref, "folder")
    await documents.put(new("a", "written", metadata={"source": "a book"}))
    assert await is_of_other(async_database, ref, None)

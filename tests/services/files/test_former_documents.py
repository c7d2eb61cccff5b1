"""A document that is sent as a file becomes that of the file, if both have one source."""

from collections.abc import Awaitable, Callable

import pytest

from shared.domain.files.file import FileStatus
from shared.domain.files.parts import ExtractionFailed, FileErrorCode
from shared.services.documents.service import DocumentService
from shared.services.files.extraction import FileExtraction
from shared.services.files.service import FileService
from tests.services.files.conftest import MakeExtraction, Send
from tests.support.extractors import FakeExtractor
from tests.support.worker_harness import new

pytestmark = pytest.mark.anyio

Ids = Callable[[], Awaitable[list[str]]]
OTHER = pytest.mark.parametrize(("source", "kept"), [("wiki", []), ("another", ["a"])])


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

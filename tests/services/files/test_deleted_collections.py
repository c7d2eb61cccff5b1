"""A collection is deleted while files of it wait, are written, or arrive."""

from typing import Any

import pytest

from shared.db.collections import deletion as stored_deletion
from shared.db.files import collection_files
from shared.db.kit.pool import AsyncDatabase
from shared.domain.access.principal import OPEN
from shared.domain.errors import TooBusy
from shared.domain.files.file import FileStatus
from shared.services.collections import deletion
from shared.services.documents.service import DocumentService
from shared.services.files import extraction as service
from shared.services.files.extraction import FileExtraction
from shared.services.files.service import FileService
from tests.services.files.conftest import GatedLexer, Send, rows, writing
from tests.support.collections import named
from tests.support.worker_harness import new

pytestmark = pytest.mark.anyio

NOTES = named("c")
IN_COLLECTION = "SELECT id FROM documents WHERE collection = 'c' ORDER BY id"


async def ids(database: AsyncDatabase) -> list[str]:
    return [row["id"] for row in await rows(database, IN_COLLECTION)]


@pytest.mark.usefixtures("documents")
async def test_files_that_wait_are_not_read_any_more(
    extraction: FileExtraction,
    send: Send,
    async_database: AsyncDatabase,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """They are read while the documents leave, as those of a large collection are."""
    take, read = stored_deletion.take_documents, []

    async def taken(*parameters: Any) -> int | None:  # noqa: ANN401
        last = await take(*parameters)
        read.append(await extraction.extract_one())
        return last

    monkeypatch.setattr(stored_deletion, "take_documents", taken)
    await send("a", "one")
    await extraction.extract_one()
    await send("b", "two\fthree")
    await deletion.delete(async_database, OPEN, NOTES)
    assert read == [False]
    assert await ids(async_database) == []
    assert await rows(async_database, "SELECT FROM files") == []


async def test_a_file_that_is_written_leaves_nothing(
    extraction: FileExtraction,
    lexing: GatedLexer,
    send: Send,
    async_database: AsyncDatabase,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(service, "IDLE_SECONDS", 60.0)
    await send("a", "one\ftwo")
    async with writing(extraction, lexing):
        await deletion.delete(async_database, OPEN, NOTES)
    assert await ids(async_database) == []
    assert await rows(async_database, "SELECT FROM files") == []


async def test_files_that_are_sent_meanwhile_stay_with_all_their_documents(
    documents: DocumentService,
    files: FileService,
    extraction: FileExtraction,
    send: Send,
    async_database: AsyncDatabase,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One is new, one replaces a file, and one replaces a document of its source."""
    monkeypatch.setattr(deletion, "BATCH_FILES", 1)
    monkeypatch.setattr(deletion, "BATCH_DOCUMENTS", 1)
    await send("a", "one\ftwo")
    await send("gone", "three")
    await documents.put(new("doc", "four", metadata={"source": "wiki"}))
    while await extraction.extract_one():
        pass
    mark = collection_files.mark_deleted

    async def marked(*parameters: Any) -> int | None:  # noqa: ANN401
        last = await mark(*parameters)
        if last == parameters[2][1]:
            refs.append(await send("new", "five"))
            refs.append(await send("a", "six\fseven"))
            assert await extraction.extract_one()
            assert await extraction.extract_one()
            refs.append(await send("doc", "eight", source="wiki"))
        return last

    refs = []  # type: ignore[var-annotated]
    monkeypatch.setattr(collection_files, "mark_deleted", marked)
    await deletion.delete(async_database, OPEN, NOTES)
    await extraction.clean_up()
    assert await ids(async_database) == ["a#1", "a#2", "doc", "new"]
    assert [(await files.get(ref)).status for ref in refs] == [
        FileStatus.PENDING,
        FileStatus.PENDING,
        FileStatus.EXTRACTING,
    ]
    assert await extraction.extract_one()
    assert (await documents.get(new("doc").ref)).content == "eight"


async def test_a_document_that_is_put_meanwhile_under_the_id_of_a_file_stays(
    documents: DocumentService,
    extraction: FileExtraction,
    send: Send,
    async_database: AsyncDatabase,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    take = stored_deletion.take_documents

    async def taken(*parameters: Any) -> int | None:  # noqa: ANN401
        last = await take(*parameters)
        await documents.put(new("readme", "of another client"))
        return last

    monkeypatch.setattr(stored_deletion, "take_documents", taken)
    await send("readme", "one")
    await extraction.extract_one()
    await deletion.delete(async_database, OPEN, NOTES)
    await extraction.clean_up()
    assert await ids(async_database) == ["readme"]
    assert await rows(async_database, "SELECT FROM files") == []


async def test_all_of_it_goes_though_others_are_served_first(
    documents: DocumentService,
    send: Send,
    async_database: AsyncDatabase,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Without documents and files nothing tells that it exists, so no request would go on."""
    take = stored_deletion.take_documents

    async def taken(*parameters: Any) -> int | None:  # noqa: ANN401
        last = await take(*parameters)
        monkeypatch.setattr(async_database, "costly_connection", busy)
        return last

    def busy(*_: object) -> None:
        raise TooBusy("Too many large requests are running.")

    monkeypatch.setattr(stored_deletion, "take_documents", taken)
    await documents.put(new("a"))
    await send("b", "one")
    async with async_database.connection() as connection:
        await connection.execute("INSERT INTO recent_queries VALUES ('c', 'ink', 1)")
    await deletion.delete(async_database, OPEN, NOTES)
    for kept in ("recent_queries", "files WHERE state <> 'deleted'"):
        assert await rows(async_database, f"SELECT FROM {kept}") == [], kept
    assert await ids(async_database) == []

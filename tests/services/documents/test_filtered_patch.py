"""The patch by filter changes metadata in batches, and embeds nothing."""

from typing import Any

import pytest

from shared.db.documents import patch_documents
from shared.db.kit.pool import AsyncDatabase, Database
from shared.domain.access.principal import OPEN
from shared.domain.documents.document import Status
from shared.domain.documents.filters import parse_filter
from shared.domain.errors import DocumentTooLarge
from shared.domain.refs import DocumentRef
from shared.services.documents import found_documents
from shared.services.documents.service import DocumentService
from tests.support.collections import named
from tests.support.worker_harness import WorkerHarness, new

pytestmark = pytest.mark.anyio

OLD = parse_filter({"age": "old"})
PATCH = {"age": "patched", "tags": {"done": True}, "draft": None}


def rows(database: Database, query: str) -> list[tuple[Any, ...]]:
    with database.connection() as connection:
        return [tuple(row.values()) for row in connection.execute(query)]


async def test_documents_are_patched_in_batches(
    documents: DocumentService, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(found_documents, "FOUND_MAX", 6)
    monkeypatch.setattr(found_documents, "BATCH_DOCUMENTS", 4)
    for n in range(20):
        age = "new" if n % 4 == 0 else "old"
        await documents.put(new(f"d{n}", metadata={"age": age, "draft": 1, "tags": {"n": n}}))
    await documents.put(new("elsewhere", collection="other", metadata={"age": "old"}))
    assert await documents.patch_filtered(OPEN, named("c"), OLD, PATCH) == 15
    patched = await documents.get(DocumentRef(named("c"), "d1"))
    assert patched.metadata == {"age": "patched", "tags": {"n": 1, "done": True}}
    assert patched.version == 2
    assert await documents.patch_filtered(OPEN, named("c"), OLD, PATCH) == 0
    assert rows(database, "SELECT count(*) FROM documents WHERE version = 2") == [(15,)]


async def test_nothing_is_embedded_and_each_new_version_is_told(
    harness: WorkerHarness, documents: DocumentService, database: Database
) -> None:
    harness.model.verified()
    await documents.put(new("ready", metadata={"age": "old"}))
    await harness.work_until_settled(documents, "ready")
    await documents.put(new("pending", "more", metadata={"age": "old"}))
    calls = len(harness.embedder.calls)
    assert await documents.patch_filtered(OPEN, named("c"), OLD, PATCH) == 2
    assert (await documents.get(DocumentRef(named("c"), "ready"))).status is Status.READY
    told = "SELECT id, status, version FROM events WHERE version = 2"
    assert rows(database, told) == [("ready", "ready", 2)]
    assert len(harness.embedder.calls) == calls
    await harness.work()
    assert rows(database, told) == [("ready", "ready", 2), ("pending", "ready", 2)]


async def test_a_document_that_has_the_metadata_already_does_not_change(
    documents: DocumentService,
) -> None:
    await documents.put(new("a", metadata={"age": "old", "n": 1}))
    assert await documents.patch_filtered(OPEN, named("c"), OLD, {"n": 1}) == 0
    assert (await documents.get(DocumentRef(named("c"), "a"))).version == 1


async def test_a_change_of_the_language_reads_the_words_anew(
    documents: DocumentService, database: Database
) -> None:
    await documents.put(new("a", "Die Häuser sind alt", metadata={"age": "old", "lang": "en"}))
    await documents.put(new("b", "Die Gärten auch", metadata={"age": "old", "lang": "de"}))
    assert await documents.patch_filtered(OPEN, named("c"), OLD, {"lang": "de", "n": 1}) == 2
    assert rows(database, "SELECT DISTINCT language FROM document_texts") == [("german",)]
    assert (await documents.get(DocumentRef(named("c"), "b"))).version == 2


async def test_metadata_that_would_be_too_large_is_refused_with_the_id(
    documents: DocumentService,
) -> None:
    await documents.put(new("large", metadata={"age": "old", "text": "x" * 60_000}))
    with pytest.raises(DocumentTooLarge, match="large"):
        await documents.patch_filtered(OPEN, named("c"), OLD, {"more": "y" * 6000})
    assert (await documents.get(DocumentRef(named("c"), "large"))).version == 1


async def test_a_document_that_changed_since_it_was_found_is_checked_again(
    documents: DocumentService,
    async_database: AsyncDatabase,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await documents.put(new("a", metadata={"age": "old"}))
    read = patch_documents.read

    async def read_before_a_write(*arguments: Any) -> Any:  # noqa: ANN401
        found = await read(*arguments)
        await documents.put(new("a", metadata={"age": "young"}))
        return found

    monkeypatch.setattr(patch_documents, "read", read_before_a_write)
    assert await documents.patch_filtered(OPEN, named("c"), OLD, PATCH) == 0
    assert (await documents.get(DocumentRef(named("c"), "a"))).metadata == {"age": "young"}
    assert async_database.recent_refusal is None

"""Long documents are several chunks, and known chunks are not embedded again."""

import pytest

from shared.db.kit.pool import Database
from shared.domain.documents.document import Status
from shared.domain.refs import DocumentRef
from shared.services.documents.service import DocumentService
from tests.services.embedding.stored_rows import chunk_rows, stored_vector
from tests.support.collections import named
from tests.support.worker_harness import (
    LONG_TEXT,
    WorkerHarness,
    new,
    vector_of,
)

pytestmark = pytest.mark.anyio


async def test_chunks_cover_a_long_document(
    harness: WorkerHarness, documents: DocumentService, database: Database
) -> None:
    await documents.put(new("long", LONG_TEXT, title="T"))
    await harness.work()
    document = await documents.get(DocumentRef(named("c"), "long"))
    rows = chunk_rows(database, "long")
    assert document.embedding is not None
    assert document.embedding.chunks == len(rows) > 5
    assert (rows[0]["start_offset"], rows[-1]["end_offset"]) == (0, len(LONG_TEXT))
    for row in rows:
        text = LONG_TEXT[row["start_offset"] : row["end_offset"]]
        assert row["vector"] == vector_of(f"T\n\n{text}")


async def test_edit_of_one_sentence_embeds_only_the_changed_chunks(
    harness: WorkerHarness, documents: DocumentService, database: Database
) -> None:
    await documents.put(new("long", LONG_TEXT))
    await harness.work()
    before = chunk_rows(database, "long")
    harness.embedder.calls.clear()
    edited = LONG_TEXT.replace("number 30 is", "number thirty is at greater length")
    await documents.put(new("long", edited))
    await harness.work()
    assert 1 <= sum(map(len, harness.embedder.calls)) <= 3
    after = chunk_rows(database, "long")
    assert after[0] == before[0]
    for row in after:
        assert row["vector"] == vector_of(edited[row["start_offset"] : row["end_offset"]])


async def test_text_of_another_document_is_not_embedded_again(
    harness: WorkerHarness, documents: DocumentService, database: Database
) -> None:
    await documents.put(new("a", "the same"))
    await harness.work()
    harness.embedder.calls.clear()
    await documents.put(new("b", "the same"))
    report = await harness.work()
    assert harness.embedder.calls == []
    assert (report.chunks_embedded, report.chunks_reused) == (0, 1)
    assert stored_vector(database, "b") == vector_of("the same")
    await documents.delete(DocumentRef(named("c"), "a"), None)
    assert stored_vector(database, "b") == vector_of("the same")


async def test_repeated_chunks_of_a_document_are_embedded_once(
    harness: WorkerHarness, documents: DocumentService
) -> None:
    await documents.put(new("twice", (LONG_TEXT + "\n\n") * 2))
    await harness.work()
    assert (await documents.get(DocumentRef(named("c"), "twice"))).status is Status.READY
    texts = [text for call in harness.embedder.calls for text in call]
    assert len(texts) == len(set(texts))


async def test_chunk_too_long_for_the_model_is_cut_smaller(
    harness: WorkerHarness, documents: DocumentService, database: Database
) -> None:
    harness.embedder.max_characters = 120
    await documents.put(new("short", "a neighbour"))
    await documents.put(new("long", LONG_TEXT))
    await harness.work()
    assert (await documents.get(DocumentRef(named("c"), "short"))).status is Status.READY
    assert (await documents.get(DocumentRef(named("c"), "long"))).status is Status.READY
    lengths = [row["end_offset"] - row["start_offset"] for row in chunk_rows(database, "long")]
    assert max(lengths) < 120


async def test_chunk_that_cannot_be_cut_smaller_fails_as_too_long(
    harness: WorkerHarness, documents: DocumentService
) -> None:
    harness.model.verified()
    harness.embedder.max_characters = 1
    await documents.put(new("a", "two"))
    failed = await harness.work_until_settled(documents, "a")
    assert failed.error is not None
    assert failed.error.code == "too_long"

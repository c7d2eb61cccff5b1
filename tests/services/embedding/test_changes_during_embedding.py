"""Documents and leases that change while the model embeds."""

import asyncio

import pytest

from shared.db.kit.pool import Database
from shared.domain.documents.document import Lane, Status
from shared.domain.embedding.throughput import RequestLimits
from shared.domain.errors import (
    DocumentNotFound,
)
from shared.domain.refs import DocumentRef
from shared.services.documents.service import DocumentService
from tests.services.embedding.stored_rows import chunk_rows, count_rows, stored_vector
from tests.support.collections import named
from tests.support.worker_harness import (
    LONG_TEXT,
    WorkerHarness,
    new,
    vector_of,
)

pytestmark = pytest.mark.anyio


async def test_edit_during_embedding_discards_the_older_vector(
    harness: WorkerHarness, documents: DocumentService, database: Database
) -> None:
    harness.model.verified()
    await documents.put(new("a", "old"))
    loop = asyncio.get_running_loop()

    def edit() -> None:
        harness.embedder.on_embed = None
        asyncio.run_coroutine_threadsafe(documents.put(new("a", "new")), loop).result()

    harness.embedder.on_embed = edit
    await harness.work()
    assert (await documents.get(DocumentRef(named("c"), "a"))).status is Status.PENDING
    assert stored_vector(database, "a") is None
    await harness.work()
    assert stored_vector(database, "a") == vector_of("new")


async def test_metadata_edit_during_embedding_keeps_the_vector(
    harness: WorkerHarness, documents: DocumentService
) -> None:
    harness.model.verified()
    await documents.put(new("a"))
    loop = asyncio.get_running_loop()

    def edit() -> None:
        harness.embedder.on_embed = None
        changed = documents.put(new("a", metadata={"k": 1}))
        asyncio.run_coroutine_threadsafe(changed, loop).result()

    harness.embedder.on_embed = edit
    await harness.work()
    ready = await documents.get(DocumentRef(named("c"), "a"))
    assert (ready.status, ready.version) == (Status.READY, 2)


async def test_delete_during_embedding_leaves_no_rows(
    harness: WorkerHarness, documents: DocumentService, database: Database
) -> None:
    harness.model.verified()
    await documents.put(new("a"))
    loop = asyncio.get_running_loop()

    def delete() -> None:
        asyncio.run_coroutine_threadsafe(
            documents.delete(DocumentRef(named("c"), "a"), None), loop
        ).result()

    harness.embedder.on_embed = delete
    await harness.work()
    with pytest.raises(DocumentNotFound):
        await documents.get(DocumentRef(named("c"), "a"))
    tables = ("chunks", "embeddings", "jobs", "document_texts")
    assert {table: count_rows(database, table) for table in tables} == dict.fromkeys(tables, 0)


async def test_expired_lease_is_taken_over_and_its_late_result_discarded(
    harness: WorkerHarness, documents: DocumentService, database: Database
) -> None:
    harness.model.verified()
    await documents.put(new("a"))

    def expire_and_embed_elsewhere() -> None:
        harness.embedder.on_embed = None
        with database.connection() as connection:
            connection.execute("UPDATE jobs SET lease_until = now() - interval '1 second'")
        assert harness.embedding.embed_batch(Lane.INTERACTIVE).ready == ["a"]

    harness.embedder.on_embed = expire_and_embed_elsewhere
    late = await asyncio.to_thread(harness.embedding.embed_batch, Lane.INTERACTIVE)
    assert (late.ready, late.left) == ([], 1)
    assert count_rows(database, "chunks") == 1


async def test_lost_claim_stops_model_calls(
    harness: WorkerHarness, documents: DocumentService, database: Database
) -> None:
    harness.model.verified()
    harness.calls.throughput.limits = RequestLimits(seconds=60, texts=1, tokens=10_000)
    await documents.put(new("long", LONG_TEXT))

    def lose() -> None:
        for claim in harness.embedding.leases.held():
            harness.embedding.leases.lose(claim)

    harness.embedder.on_embed = lose
    report = await harness.work()
    assert report.ready == []
    assert len(harness.embedder.calls) == 2  # the fingerprint and the running request
    assert chunk_rows(database, "long") == []


async def test_no_transaction_is_open_during_a_model_call(
    harness: WorkerHarness, documents: DocumentService, database: Database
) -> None:
    harness.model.verified()
    await documents.put(new("a"))
    open_transactions: list[int] = []

    def count_open_transactions() -> None:
        with database.connection() as connection:
            row = connection.execute(
                "SELECT count(*) AS n FROM pg_stat_activity WHERE datname = current_database()"
                " AND state LIKE 'idle in transaction%'"
            ).fetchone()
        assert row is not None
        open_transactions.append(row["n"])

    harness.embedder.on_embed = count_open_transactions
    await harness.work()
    assert open_transactions == [0]

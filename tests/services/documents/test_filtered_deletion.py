"""The deletion by filter works in batches and spares what no longer meets the filter."""

from contextlib import AbstractAsyncContextManager

import pytest

from shared.db.documents import delete_documents
from shared.db.kit.pool import AsyncConnection, AsyncDatabase, Database
from shared.domain.access.principal import OPEN
from shared.domain.documents.filters import parse_filter
from shared.domain.documents.listing import Listing
from shared.domain.documents.merge_patch import patched
from shared.domain.refs import DocumentRef, Tenant
from shared.services.documents import found_documents
from shared.services.documents.service import DocumentService
from tests.support.collections import named
from tests.support.worker_harness import WorkerHarness, new

pytestmark = pytest.mark.anyio

OLD = parse_filter({"age": "old"})


async def test_documents_are_deleted_in_batches(
    documents: DocumentService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(found_documents, "FOUND_MAX", 6)
    monkeypatch.setattr(found_documents, "BATCH_DOCUMENTS", 4)
    for n in range(20):
        await documents.put(new(f"d{n}", metadata={"age": "new" if n % 4 == 0 else "old"}))
    await documents.put(new("elsewhere", collection="other", metadata={"age": "old"}))
    assert await documents.delete_filtered(OPEN, named("c"), OLD) == 15
    left = (await documents.page(Listing(named("c")))).documents
    assert {each.ref.id for each in left} == {"d0", "d4", "d8", "d12", "d16"}
    assert len((await documents.page(Listing(named("other")))).documents) == 1
    assert await documents.delete_filtered(OPEN, named("c"), OLD) == 0


async def test_a_deletion_leaves_connections_to_short_requests(
    documents: DocumentService, async_database: AsyncDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    await documents.put(new("a", metadata={"age": "old"}))
    lent = async_database.costly_connection
    times: list[None] = []

    def counted(tenant: Tenant) -> AbstractAsyncContextManager[AsyncConnection]:
        times.append(None)
        return lent(tenant)

    monkeypatch.setattr(async_database, "costly_connection", counted)
    assert await documents.delete_filtered(OPEN, named("c"), OLD) == 1
    assert len(times) == 2  # to find and to delete


async def test_the_vectors_are_deleted_too(
    harness: WorkerHarness, documents: DocumentService, database: Database
) -> None:
    harness.model.verified()
    await documents.put(new("a", metadata={"age": "old"}))
    await harness.work_until_settled(documents, "a")
    assert await documents.delete_filtered(OPEN, named("c"), OLD) == 1
    with database.connection() as connection:
        for table in ("chunks", "embeddings", "document_texts", "jobs"):
            row = connection.execute(f"SELECT count(*) AS number FROM {table}").fetchone()
            assert row == {"number": 0}


async def test_a_document_that_was_changed_meanwhile_is_kept(
    documents: DocumentService, async_database: AsyncDatabase
) -> None:
    for id_ in ("changed", "old"):
        await documents.put(new(id_, metadata={"age": "old"}))
    async with async_database.connection() as connection:
        until = await delete_documents.newest(connection, named("c"))
        found = await delete_documents.find(connection, named("c"), OLD, (0, until), 10)
        ref, change = DocumentRef(named("c"), "changed"), {"metadata": {"age": "new"}}
        await documents.change(ref, lambda current: patched(current, change), None)
        assert await delete_documents.delete_found(connection, found, OLD) == 1
    assert (await documents.get(ref)).metadata == {"age": "new"}

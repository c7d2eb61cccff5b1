"""A deleted collection is empty at once, its name is free, and a worker deletes the rest."""

import asyncio
import threading
from typing import Any

import pytest

from shared.db.collections import deletion as stored_deletion
from shared.db.kit.pool import AsyncDatabase, Database
from shared.db.search import search
from shared.db.search.search import SearchMemory
from shared.domain.access.principal import OPEN
from shared.domain.collection_errors import CollectionNotFound
from shared.domain.collections.collection import ModelChoice
from shared.domain.documents.document import Status
from shared.domain.documents.listing import Listing
from shared.domain.refs import DEFAULT_TENANT, Collection, DocumentRef, Tenant
from shared.domain.search.query import Query
from shared.domain.search.scope import Scope
from shared.services.collections import deletion
from shared.services.collections.service import CollectionService
from shared.services.documents.service import DocumentService
from shared.services.maintenance import deleted_collections
from shared.services.maintenance.deleted_collections import DeletedCollections
from tests.support.collections import named
from tests.support.worker_harness import WorkerHarness, new

pytestmark = pytest.mark.anyio

NOTES = named("c")
QUERY = Query("ink", None, by_words=True, limit=10)
TABLES = ("documents", "document_texts", "jobs", "embeddings", "chunks")


def rows(database: Database, query: str) -> list[dict[str, Any]]:
    with database.connection() as connection:
        return connection.execute(query).fetchall()


def worker(database: Database) -> DeletedCollections:
    return DeletedCollections(database, threading.Event())


async def found(database: AsyncDatabase, within: Collection | Tenant) -> set[str]:
    async with database.connection() as connection:
        hits = await search.search(connection, QUERY, Scope(within), SearchMemory())
    return {hit.ref.id for hit in hits.hits}


async def test_nothing_of_it_is_found_and_its_ids_are_free(
    harness: WorkerHarness,
    documents: DocumentService,
    collections: CollectionService,
    async_database: AsyncDatabase,
    database: Database,
) -> None:
    await documents.put(new("a", "ink dries"))
    await harness.work_until_settled(documents, "a")
    await documents.put(new("b", "ink is late"))
    await documents.put(new("other", "ink elsewhere", collection="d"))
    await collections.delete(OPEN, NOTES)
    assert await found(async_database, NOTES) == set()
    assert await found(async_database, DEFAULT_TENANT) == {"other"}
    assert (await documents.page(Listing(NOTES))).documents == []
    with pytest.raises(CollectionNotFound):
        await collections.get(OPEN, NOTES)
    page = await collections.page(OPEN, None, 10)
    assert [each.models.name for each in page.collections] == ["d"]
    await documents.put(new("a", "new ink"))
    worker(database).work()
    await harness.work_until_settled(documents, "a")
    kept = await documents.get(DocumentRef(NOTES, "a"))
    assert (kept.content, kept.version, kept.status) == ("new ink", 1, Status.READY)
    assert {row["id"] for row in rows(database, "SELECT id FROM documents")} == {"a", "other"}


async def test_deletions_of_the_same_ids_do_not_meet(
    documents: DocumentService, collections: CollectionService, database: Database
) -> None:
    for collection in ("c", "d", "c"):
        await documents.put(new("a", collection=collection))
        await collections.delete(OPEN, named(collection))
    assert len(rows(database, "SELECT FROM documents")) == 3
    worker(database).work()
    for table in TABLES:
        assert rows(database, f"SELECT FROM {table}") == [], table
    with pytest.raises(CollectionNotFound):
        await collections.delete(OPEN, named("d"))


async def test_listeners_learn_of_each_document_once(
    documents: DocumentService, collections: CollectionService, database: Database
) -> None:
    for n in range(3):
        await documents.put(new(f"d{n}"))
    await collections.delete(OPEN, NOTES)
    worker(database).work()
    told = rows(database, "SELECT collection, id FROM events WHERE status = 'deleted' ORDER BY id")
    assert [tuple(each.values()) for each in told] == [("c", f"d{n}") for n in range(3)]


async def test_it_works_in_batches_and_goes_on_after_an_interruption(
    documents: DocumentService,
    collections: CollectionService,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(deletion, "BATCH_DOCUMENTS", 4)
    monkeypatch.setattr(deleted_collections, "BATCH_DOCUMENTS", 3)
    for n in range(10):
        await documents.put(new(f"d{n}"))
    await collections.delete(OPEN, NOTES)
    stopped = threading.Event()
    stopped.set()
    DeletedCollections(database, stopped).work()
    assert len(rows(database, "SELECT FROM documents")) == 10
    worker(database).work()
    assert rows(database, "SELECT FROM documents") == []


async def test_two_workers_delete_together(
    documents: DocumentService, collections: CollectionService, database: Database
) -> None:
    for n in range(300):
        await documents.put(new(f"d{n}"))
    await collections.delete(OPEN, NOTES)
    threads = [threading.Thread(target=worker(database).work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        await asyncio.to_thread(thread.join)
    assert rows(database, "SELECT FROM documents") == []


async def test_its_model_description_and_queries_go_too(
    documents: DocumentService,
    collections: CollectionService,
    database: Database,
) -> None:
    await collections.put(OPEN, NOTES, {"description": "notes"}, ModelChoice("other-model", 96))
    await documents.put(new("a"))
    with database.connection() as connection:
        connection.execute("INSERT INTO recent_queries VALUES ('c', 'ink', 1)")
        connection.execute(
            "INSERT INTO webhooks (collection, url, secret, xid, seq)"
            " VALUES ('c', 'http://x', 's', '1', 0)"
        )
        connection.execute("INSERT INTO collection_activity VALUES ('c', now(), 1)")
    await collections.delete(OPEN, NOTES)
    for table in (
        "collections",
        "collection_settings",
        "recent_queries",
        "webhooks",
        "collection_activity",
    ):
        assert rows(database, f"SELECT FROM {table}") == [], table
    audit = "SELECT set_config('inkdex.tenant', '*', false)"
    with database.connection() as connection:
        connection.execute(audit)
        actions = connection.execute("SELECT action, target FROM audit ORDER BY id").fetchall()
        connection.execute("RESET inkdex.tenant")
    assert [each["action"] for each in actions] == ["collection.create", "collection.delete"]


async def test_documents_that_come_meanwhile_keep_their_model(
    harness: WorkerHarness,
    documents: DocumentService,
    collections: CollectionService,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await collections.put(OPEN, NOTES, {}, ModelChoice("other-model", None))
    await documents.put(new("a"))
    take = stored_deletion.take_documents

    async def taken(*parameters: Any) -> int | None:  # noqa: ANN401
        last = await take(*parameters)
        if last is not None:
            await documents.put(new("a", "after"))
        return last

    monkeypatch.setattr(stored_deletion, "take_documents", taken)
    await collections.delete(OPEN, NOTES)
    await harness.work_until_settled(documents, "a")
    kept = await documents.get(DocumentRef(NOTES, "a"))
    assert kept.content == "after"
    assert kept.embedding is not None
    assert kept.embedding.model == "other-model"


async def test_writes_meanwhile_are_taken_or_kept_as_a_whole(
    harness: WorkerHarness,
    documents: DocumentService,
    collections: CollectionService,
    database: Database,
) -> None:
    for n in range(40):
        await documents.put(new(f"d{n}"))
    ended = asyncio.Event()

    async def write(writer: int) -> None:
        number = 0
        while not ended.is_set():
            await documents.put(new(f"d{(writer * 10 + number) % 40}", f"text {writer} {number}"))
            number += 1

    writers = [asyncio.create_task(write(n)) for n in range(4)]
    await asyncio.sleep(0.05)
    await collections.delete(OPEN, NOTES)
    ended.set()
    await asyncio.gather(*writers)
    await documents.put(new("last"))
    worker(database).work()
    for _ in range(60):
        await harness.work()
        if not rows(database, "SELECT FROM jobs LIMIT 1"):
            break
    left = rows(
        database,
        "SELECT d.collection, t.document_key IS NOT NULL AS lexed FROM documents d"
        " LEFT JOIN document_texts t ON t.document_key = d.key",
    )
    assert {tuple(each.values()) for each in left} == {("c", True)}
    state = await collections.get(OPEN, NOTES)
    assert state.documents is not None
    assert state.documents.ready == state.documents.total == len(left)

"""A renamed collection keeps everything, and loses no write that comes meanwhile."""

import asyncio
from typing import Any

import pytest

from shared.db.collections import renaming
from shared.db.kit.pool import AsyncConnection, Database
from shared.domain.access.principal import OPEN, Action, Grant, Principal
from shared.domain.access_errors import Forbidden
from shared.domain.collection_errors import CollectionExists, CollectionNotFound, CollectionTooLarge
from shared.domain.collections.collection import ModelChoice
from shared.domain.documents.document import Status
from shared.domain.errors import DocumentNotFound
from shared.domain.refs import DEFAULT_TENANT, Collection, DocumentRef
from shared.services.collections import renaming as service
from shared.services.collections.service import CollectionService
from shared.services.documents.service import DocumentService
from tests.support.collections import named
from tests.support.worker_harness import POISON, WorkerHarness, new

pytestmark = pytest.mark.anyio

OLD, NEW = named("c"), named("renamed")
ACTIVITY = """
INSERT INTO collection_activity
VALUES ('c', '2026-01-01', 1, '{1,2}', '{3}', '{4}', '{"bulk": 5}'),
    ('renamed', '2026-01-02', 9, '{}', '{}', '{}', NULL)
"""
"""Another collection had the new name before."""


def rows(database: Database, query: str) -> list[dict[str, Any]]:
    with database.connection() as connection:
        return connection.execute(query).fetchall()


async def test_documents_keep_their_vectors_their_versions_and_their_states(
    harness: WorkerHarness,
    documents: DocumentService,
    collections: CollectionService,
    database: Database,
) -> None:
    await documents.put(new("ready"))
    await documents.put(new("failed", POISON))
    for id_ in ("ready", "failed"):
        await harness.work_until_settled(documents, id_)
    await documents.put(new("pending", "another text"))
    calls = len(harness.embedder.calls)
    await collections.rename(OPEN, OLD, "renamed")
    for id_ in ("ready", "failed", "pending"):
        found = await documents.get(DocumentRef(NEW, id_))
        assert (found.status, found.version) == (Status(id_), 1)
        with pytest.raises(DocumentNotFound):
            await documents.get(DocumentRef(OLD, id_))
    assert len(harness.embedder.calls) == calls
    await documents.retry(DocumentRef(NEW, "failed"))
    await harness.work()
    assert (await documents.get(DocumentRef(NEW, "pending"))).status is Status.READY
    assert rows(database, "SELECT DISTINCT collection FROM document_texts") == [
        {"collection": "renamed"}
    ]
    state = await collections.get(OPEN, NEW)
    assert state.documents is not None
    assert (state.documents.total, state.documents.ready) == (3, 2)


async def test_imports_go_with_their_collection(
    documents: DocumentService, collections: CollectionService, database: Database
) -> None:
    await documents.put(new("a"))
    with database.connection() as connection:
        connection.execute(
            "INSERT INTO imports (tenant, id, collections, receiving_until)"
            " SELECT 'default', gen_random_uuid(), names::text[], now()"
            " FROM unnest(ARRAY['{c}', '{c,d}', '{d}']) AS names"
        )
    await collections.rename(OPEN, OLD, "renamed")
    kept = rows(database, "SELECT collections FROM imports ORDER BY collections")
    assert [each["collections"] for each in kept] == [["d"], ["renamed"], ["renamed", "d"]]


async def test_its_activity_goes_along(
    documents: DocumentService, collections: CollectionService, database: Database
) -> None:
    await documents.put(new("a"))
    with database.connection() as connection:
        connection.execute(ACTIVITY)
    (before,) = rows(database, "SELECT * FROM collection_activity WHERE collection = 'c'")
    await collections.rename(OPEN, OLD, "renamed")
    (after,) = rows(database, "SELECT * FROM collection_activity")
    assert after == before | {"collection": "renamed"}


async def test_events_tell_of_the_former_name_and_of_the_new_one(
    harness: WorkerHarness,
    documents: DocumentService,
    collections: CollectionService,
    database: Database,
) -> None:
    await documents.put(new("a"))
    await harness.work_until_settled(documents, "a")
    await collections.rename(OPEN, OLD, "renamed")
    told = rows(database, "SELECT collection, id, status, version FROM events ORDER BY xid, seq")
    assert [tuple(each.values()) for each in told[-2:]] == [
        ("c", "a", "deleted", 1),
        ("renamed", "a", "ready", 1),
    ]


async def test_the_names_must_be_there_and_be_free(
    documents: DocumentService, collections: CollectionService
) -> None:
    with pytest.raises(CollectionNotFound):
        await collections.rename(OPEN, OLD, "renamed")
    await documents.put(new("a"))
    await documents.put(new("a", collection="renamed"))
    with pytest.raises(CollectionExists):
        await collections.rename(OPEN, OLD, "renamed")
    await collections.put(OPEN, named("empty"), {}, ModelChoice(None, None))
    with pytest.raises(CollectionExists):
        await collections.rename(OPEN, OLD, "empty")
    await collections.rename(OPEN, named("empty"), "void")
    assert (await collections.get(OPEN, named("void"))).described.description is None


async def test_a_caller_must_be_allowed_to_write_in_both(
    documents: DocumentService, collections: CollectionService
) -> None:
    await documents.put(new("a"))
    caller = Principal(DEFAULT_TENANT, "k", (Grant(frozenset({Action.WRITE}), ("c",)),))
    with pytest.raises(Forbidden):
        await collections.rename(caller, OLD, "renamed")


async def test_a_large_collection_is_left_as_it_is(
    documents: DocumentService, collections: CollectionService, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(4):
        await documents.put(new(f"d{n}"))
    monkeypatch.setattr(service, "RENAMED_MAX", 3)
    with pytest.raises(CollectionTooLarge):
        await collections.rename(OPEN, OLD, "renamed")
    monkeypatch.setattr(service, "RENAMED_MAX", 4)
    monkeypatch.setattr(service, "BATCH_DOCUMENTS", 3)
    monkeypatch.setattr(service, "SECONDS_MAX", -1)
    with pytest.raises(CollectionTooLarge):
        await collections.rename(OPEN, OLD, "renamed")
    assert (await documents.get(DocumentRef(OLD, "d3"))).version == 1
    monkeypatch.setattr(service, "SECONDS_MAX", 20)
    await collections.rename(OPEN, OLD, "renamed")
    assert (await documents.get(DocumentRef(NEW, "d3"))).version == 1


async def test_a_model_of_its_own_goes_along_and_does_not_stay(
    harness: WorkerHarness,
    documents: DocumentService,
    collections: CollectionService,
    database: Database,
) -> None:
    await collections.put(OPEN, OLD, {"description": "notes"}, ModelChoice("other-model", None))
    await documents.put(new("a"))
    await collections.rename(OPEN, OLD, "renamed")
    state = await collections.get(OPEN, NEW)
    assert state.models.active is not None
    assert (state.models.active.name, state.described.description) == ("other-model", "notes")
    assert rows(database, "SELECT name FROM collections") == [{"name": "renamed"}]
    await documents.put(new("b", collection="c"))
    await harness.work()
    await harness.work()
    for collection, model in (("c", "all-minilm"), ("renamed", "other-model")):
        id_ = "b" if collection == "c" else "a"
        found = await documents.get(DocumentRef(named(collection), id_))
        assert found.embedding is not None, collection
        assert found.embedding.model == model


@pytest.mark.parametrize("has_model", [False, True], ids=["default-model", "own-model"])
async def test_writes_that_come_meanwhile_are_kept_under_one_of_the_names(
    has_model: bool,  # noqa: FBT001 - a parameter of the test
    harness: WorkerHarness,
    documents: DocumentService,
    collections: CollectionService,
    database: Database,
) -> None:
    if has_model:
        await collections.put(OPEN, OLD, {}, ModelChoice("other-model", None))
    for n in range(30):
        await documents.put(new(f"d{n}"))
    ended = asyncio.Event()
    written: list[str] = []

    async def write(writer: int) -> None:
        number = 0
        while not ended.is_set() or number < 20:
            id_ = f"d{number % 30}" if writer % 2 else f"new-{writer}-{number}"
            text = f"text {writer} {number}"
            await documents.put(new(id_, text))
            written.append(f"{id_}: {text}")
            number += 1

    writers = [asyncio.create_task(write(n)) for n in range(4)]
    await asyncio.sleep(0.05)
    try:
        await collections.rename(OPEN, OLD, "renamed")
    finally:
        ended.set()
        await asyncio.gather(*writers)
    stored = {(r["id"], r["content"]) for r in rows(database, "SELECT id, content FROM documents")}
    for id_ in {each.partition(": ")[0] for each in written}:
        texts = {each.partition(": ")[2] for each in written if each.startswith(f"{id_}: ")}
        assert any((id_, text) in stored for text in texts), id_
    kept = [each for each in written if each.startswith("new-")]
    assert all(tuple(each.split(": ")) in stored for each in kept)
    names = rows(database, "SELECT DISTINCT collection FROM documents ORDER BY 1")
    assert {each["collection"] for each in names} <= {"c", "renamed"}
    for _ in range(60):
        await harness.work()
        if not rows(database, "SELECT FROM jobs LIMIT 1"):
            break
    for each in names:
        state = await collections.get(OPEN, named(each["collection"]))
        assert state.documents is not None
        assert state.documents.ready == state.documents.total
    assert rows(database, NEVER_EMBEDDED) == []


NEVER_EMBEDDED = """
SELECT d.id FROM documents d LEFT JOIN collections r ON r.name = d.collection
WHERE NOT EXISTS (
    SELECT FROM embeddings e WHERE e.document_key = d.key
      AND e.model_id = coalesce(r.active_model_id, default_model_of('default')))
"""


async def test_a_document_that_takes_an_id_meanwhile_stops_the_rename(
    documents: DocumentService,
    collections: CollectionService,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await documents.put(new("a"))
    lock = renaming.lock_documents

    async def locked(connection: AsyncConnection, collection: Collection, limit: int) -> list[int]:
        keys = await lock(connection, collection, limit)
        await documents.put(new("a", "theirs", collection="renamed"))
        return keys

    monkeypatch.setattr(renaming, "lock_documents", locked)
    with pytest.raises(CollectionExists):
        await collections.rename(OPEN, OLD, "renamed")
    assert (await documents.get(DocumentRef(OLD, "a"))).content == "some text"
    assert (await documents.get(DocumentRef(NEW, "a"))).content == "theirs"

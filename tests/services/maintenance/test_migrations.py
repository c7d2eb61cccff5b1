"""The way of a migration, step by step, on a worker whose model fails on demand."""

import asyncio

import pytest

from shared.db.kit.pool import AsyncDatabase, Connection
from shared.db.migrations import backfill, cutover
from shared.db.migrations.cutover import Lost
from shared.db.models import collection_models, index_kinds
from shared.domain.access.principal import OPEN
from shared.domain.collection_errors import MigrationNotAllowed, MigrationRunning
from shared.domain.documents.document import Lane, Status
from shared.domain.documents.listing import Listing
from shared.domain.errors import InvalidInput, TooBusy
from shared.domain.models.identity import ModelIdentity
from shared.domain.models.migration import (
    Cutover,
    Migration,
    MigrationRequest,
    MigrationState,
)
from shared.domain.refs import DocumentRef
from shared.services.documents.service import DocumentService
from shared.services.migrations.preflight import Preflight, PreflightService
from tests.support.collections import named
from tests.support.migrating import OTHER, STEPS, Migrating
from tests.support.worker_harness import POISON, WorkerHarness, new, vector_of

pytestmark = pytest.mark.anyio


STORED_BY_NEW_MODEL = f"""
WITH stored AS (
    DELETE FROM jobs USING embedding_models m
    WHERE m.id = model_id AND m.name = '{OTHER}' RETURNING document_key, model_id
)
UPDATE embeddings e SET content_hash = d.content_hash FROM documents d, stored s
WHERE d.key = s.document_key AND (e.document_key, e.model_id) = (s.document_key, s.model_id)
"""
IN_ORDER = "ORDER BY xid, seq"


async def test_a_migration_is_estimated_without_starting_it(
    migrating: Migrating, stored: list[str]
) -> None:
    wanted = MigrationRequest(
        named("c"), ModelIdentity(OTHER, chunk_tokens=64), Cutover.AUTO, rollback_hours=0
    )
    estimate = await migrating.service.estimate(wanted)
    assert (estimate.documents, estimate.chunks, estimate.dimensions) == (3, 3, 8)
    assert estimate.index_bytes == round(3 * 8192 / 26)
    assert estimate.tokens >= 4 * len(stored)
    assert await migrating.service.of_collection(named("c")) == []
    found = await asyncio.gather(
        *(migrating.service.estimate(wanted) for _ in range(3)), return_exceptions=True
    )
    assert [type(each) for each in found] == [Preflight, Preflight, TooBusy]
    assert await migrating.service.estimate(wanted)


@pytest.mark.usefixtures("stored")
async def test_the_estimate_of_a_large_model_is_that_of_bits(
    async_database: AsyncDatabase, harness: WorkerHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index_kinds, "BITS_DIMENSIONS_MIN", 8)
    preflight = PreflightService(async_database, harness.embedder, binary_index_chunks=2)
    estimate, _ = await preflight.measure(named("c"), ModelIdentity(OTHER, chunk_tokens=64))
    assert estimate.index_bytes == round(3 * 8192 / 27)


async def test_all_documents_change_their_model_and_the_former_one_is_deleted(
    migrating: Migrating,
    documents: DocumentService,
    stored: list[str],
    async_database: AsyncDatabase,
) -> None:
    migration = await migrating.start()
    assert migration.preflight["documents"] == migration.preflight["chunks"] == 3
    assert migration.preflight["dimensions"] == 8
    switched = await migrating.until(migration, MigrationState.SWITCHED)
    assert migrating.embedded(OTHER) == migrating.embedded("all-minilm") == stored
    assert switched.rollback_until is not None
    ready = await documents.get(DocumentRef(named("c"), "a"))
    assert ready.status is Status.READY
    assert ready.embedding is not None
    assert ready.embedding.model == OTHER
    await migrating.act(migration, "finish")
    done = await migrating.until(migration, MigrationState.DONE)
    assert done.actions == []
    assert migrating.embedded("all-minilm") == []
    async with async_database.connection() as connection:
        (listed,) = await collection_models.of(connection, [named("c")])
    assert listed.active is not None
    assert (listed.active.name, listed.building, listed.previous) == (OTHER, None, None)


@pytest.mark.usefixtures("stored")
async def test_writes_and_deletions_go_to_both_models(
    migrating: Migrating, documents: DocumentService
) -> None:
    migration = await migrating.start(Cutover.MANUAL)
    await migrating.until(migration, MigrationState.READY)
    await documents.put(new("a", "another text"))
    await documents.put(new("e", "a new text"))
    await documents.delete(DocumentRef(named("c"), "b"), None)
    for _ in range(3):
        await migrating.step()
    both = migrating.embedded(OTHER), migrating.embedded("all-minilm")
    assert both == (["a", "d", "e"], ["a", "d", "e"])
    assert (await migrating.get(migration)).state is MigrationState.READY
    await migrating.act(migration, "cutover")
    await migrating.until(migration, MigrationState.SWITCHED)


async def test_an_edit_while_documents_are_counted_is_told_before_the_cutover(
    migrating: Migrating,
    documents: DocumentService,
    stored: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    migration = await migrating.start(Cutover.MANUAL)
    await migrating.until(migration, MigrationState.READY)
    await migrating.act(migration, "cutover")
    count, loop = cutover.lost, asyncio.get_running_loop()

    def edit_and_count(connection: Connection, counted: Migration) -> Lost:
        """The new model is done with the edited text, and the former one is not."""
        edit = documents.put(new(stored[0], "an edited text"))
        asyncio.run_coroutine_threadsafe(edit, loop).result(10)
        migrating.do(STORED_BY_NEW_MODEL)
        return count(connection, counted)

    monkeypatch.setattr(cutover, "lost", edit_and_count)
    async with asyncio.timeout(20):
        while (await migrating.get(migration)).state is not MigrationState.SWITCHED:
            await migrating.step(lanes=())  # after a slow count, some steps count nothing
    told = migrating.rows(f"SELECT status, version FROM events WHERE id = '{stored[0]}' {IN_ORDER}")
    assert told[-2:] == [{"status": "pending", "version": 2}, {"status": "ready", "version": 2}]


async def test_a_rollback_after_edits_is_complete_at_once(
    migrating: Migrating, documents: DocumentService, stored: list[str], harness: WorkerHarness
) -> None:
    migration = await migrating.start()
    await migrating.until(migration, MigrationState.SWITCHED)
    for id_ in stored:
        await documents.put(new(id_, f"an edited text of {id_}"))
    await harness.work()
    assert (await migrating.act(migration, "rollback")).state is MigrationState.ROLLED_BACK
    page = await documents.page(Listing(named("c"), Status.READY))
    assert [each.embedding and each.embedding.model for each in page.documents] == [
        "all-minilm"
    ] * 3
    assert migrating.embedded("all-minilm") == stored
    assert (await migrating.act(migration, "cutover")).state is MigrationState.SWITCHED
    await migrating.act(migration, "rollback")
    await migrating.act(migration, "finish")
    await migrating.until(migration, MigrationState.ABORTED)
    assert migrating.embedded(OTHER) == []
    assert migrating.embedded("all-minilm") == stored


async def test_an_abort_deletes_what_the_new_model_has(
    migrating: Migrating, stored: list[str]
) -> None:
    migration = await migrating.start(Cutover.MANUAL)
    await migrating.until(migration, MigrationState.READY)
    await migrating.act(migration, "abort")
    await migrating.until(migration, MigrationState.ABORTED)
    assert migrating.embedded(OTHER) == []
    assert migrating.embedded("all-minilm") == stored
    assert migrating.rows("SELECT FROM jobs") == []
    again = await migrating.start()
    await migrating.until(again, MigrationState.SWITCHED)


async def test_a_paused_migration_queues_nothing_and_writes_still_go_to_both(
    migrating: Migrating, documents: DocumentService, stored: list[str]
) -> None:
    migration = await migrating.start()
    assert "resume" not in migration.actions
    await migrating.act(migration, "pause")
    await documents.put(new("a", "another text"))
    for _ in range(5):
        await migrating.step()
    paused = await migrating.get(migration)
    assert (paused.state, paused.paused) == (MigrationState.FILLING, True)
    assert migrating.embedded(OTHER) == ["a"]
    await migrating.act(migration, "resume")
    await migrating.until(migration, MigrationState.SWITCHED)
    assert migrating.embedded(OTHER) == stored


async def test_pausing_takes_back_what_is_queued(migrating: Migrating, stored: list[str]) -> None:
    migration = await migrating.start()
    await migrating.until_queued()
    await migrating.act(migration, "pause")
    await migrating.step(lanes=())
    assert migrating.rows("SELECT FROM jobs") == []
    await migrating.act(migration, "resume")
    await migrating.until(migration, MigrationState.SWITCHED)
    assert migrating.embedded(OTHER) == stored


@pytest.mark.usefixtures("stored")
async def test_a_text_that_only_the_new_model_refuses_stops_the_cutover(
    migrating: Migrating, documents: DocumentService, harness: WorkerHarness
) -> None:
    harness.embedder.refused_by = {OTHER: "the text of b"}
    migration = await migrating.start()
    for _ in range(20):
        await migrating.step()
    blocked = await migrating.get(migration)
    assert blocked.state is MigrationState.READY
    assert "not under the former one: 1." in (blocked.detail or "")
    assert blocked.progress["failures"] == {"rejected_by_model": 1}
    assert (await documents.get(DocumentRef(named("c"), "b"))).status is Status.READY
    await migrating.act(migration, "cutover", "b")
    await migrating.until(migration, MigrationState.SWITCHED)
    assert (await documents.get(DocumentRef(named("c"), "b"))).status is Status.FAILED


@pytest.mark.usefixtures("stored")
async def test_a_text_that_both_models_refuse_does_not_stop_the_cutover(
    migrating: Migrating, documents: DocumentService, harness: WorkerHarness
) -> None:
    await documents.put(new("p", POISON))
    for _ in range(4):
        await harness.work()
        await asyncio.sleep(0.03)
    migration = await migrating.start()
    await migrating.until(migration, MigrationState.SWITCHED)
    assert (await documents.get(DocumentRef(named("c"), "p"))).status is Status.FAILED


async def test_documents_of_a_process_that_does_not_know_the_new_model_are_found(
    migrating: Migrating, documents: DocumentService, stored: list[str]
) -> None:
    migration = await migrating.start(Cutover.MANUAL)
    await migrating.until(migration, MigrationState.READY)
    await documents.put(new("a", "the text that an older process wrote"))
    migrating.do(
        "DELETE FROM jobs USING embedding_models m WHERE m.id = model_id AND m.name = 'other-model'"
    )
    await migrating.act(migration, "cutover")
    await migrating.step()
    assert (await migrating.get(migration)).state is MigrationState.FILLING
    await migrating.until(migration, MigrationState.SWITCHED)
    assert migrating.embedded(OTHER) == stored


async def test_the_way_back_ends_by_itself(migrating: Migrating, stored: list[str]) -> None:
    migration = await migrating.start(hours=0.0)
    await migrating.until(migration, MigrationState.DONE)
    assert migrating.embedded("all-minilm") == []
    assert migrating.embedded(OTHER) == stored


@pytest.mark.usefixtures("stored")
async def test_what_is_not_possible_is_refused(migrating: Migrating) -> None:
    migration = await migrating.start(Cutover.MANUAL)
    with pytest.raises(MigrationRunning):
        await migrating.start()
    with pytest.raises(MigrationNotAllowed, match="preparing"):
        await migrating.act(migration, "rollback")
    await migrating.act(migration, "abort")
    await migrating.until(migration, MigrationState.ABORTED)
    with pytest.raises(MigrationNotAllowed, match="ended"):
        await migrating.act(migration, "cutover")
    same = ModelIdentity("all-minilm", chunk_tokens=256)
    with pytest.raises(InvalidInput, match="already"):
        await migrating.service.start(OPEN, MigrationRequest(named("c"), same, Cutover.AUTO, 1))


async def test_the_queue_is_short_and_ends_with_every_document(
    migrating: Migrating, documents: DocumentService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backfill, "QUEUE_MAX", 4)
    monkeypatch.setattr(backfill, "BATCH_DOCUMENTS", 2)
    with documents.bulk_import(50) as bulk:
        for n in range(25):
            await bulk.add(new(f"d{n:02}", f"text {n}"))
        await bulk.flush()
    migration = await migrating.start()
    most = 0
    for _ in range(STEPS):
        await migrating.step()
        most = max(most, len(migrating.rows("SELECT FROM jobs WHERE lane = 'backfill'")))
        if (await migrating.get(migration)).state is MigrationState.SWITCHED:
            break
    assert most <= 4
    assert len(migrating.embedded(OTHER)) == len(migrating.embedded("all-minilm")) == 25


@pytest.mark.usefixtures("stored")
async def test_a_claim_of_an_aborted_migration_stores_nothing(
    migrating: Migrating, harness: WorkerHarness
) -> None:
    migration = await migrating.start(Cutover.MANUAL)

    def abort() -> None:
        harness.embedder.on_embed = None
        asyncio.run_coroutine_threadsafe(migrating.act(migration, "abort"), loop).result()
        migrating.work()
        migrating.work()

    loop = asyncio.get_running_loop()
    await migrating.until_queued()
    await asyncio.to_thread(harness.servers.in_use)
    harness.embedder.on_embed = abort
    await harness.work(Lane.BACKFILL)
    await migrating.until(migration, MigrationState.ABORTED)
    assert migrating.embedded(OTHER) == []


async def test_after_a_rollback_the_cutover_has_a_gate_too(
    migrating: Migrating, documents: DocumentService, harness: WorkerHarness, stored: list[str]
) -> None:
    migration = await migrating.start()
    await migrating.until(migration, MigrationState.SWITCHED)
    await migrating.act(migration, "rollback")
    harness.embedder.refused_by = {OTHER: "a text that only one model reads"}
    await documents.put(new("a", "a text that only one model reads"))
    for _ in range(4):
        await harness.work()
        await asyncio.sleep(0.03)
    assert (await documents.get(DocumentRef(named("c"), "a"))).status is Status.READY
    with pytest.raises(MigrationNotAllowed, match="allow_failed"):
        await migrating.act(migration, "cutover")
    await migrating.act(migration, "cutover", "a")
    assert (await migrating.get(migration)).state is MigrationState.SWITCHED
    assert len(stored) == len(migrating.embedded("all-minilm"))


@pytest.mark.usefixtures("stored")
async def test_a_model_that_changed_under_its_name_is_migrated_to_itself(
    migrating: Migrating, harness: WorkerHarness, documents: DocumentService
) -> None:
    harness.embedder.weights = "other weights"
    harness.embedder.vector = lambda text: [-x for x in vector_of(text)]
    harness.server.probe()
    assert harness.breaker.paused_reason == "model_changed"
    changed = ModelIdentity("all-minilm", chunk_tokens=256)
    migration = await migrating.service.start(
        OPEN, MigrationRequest(named("c"), changed, Cutover.AUTO, 0)
    )
    await migrating.until(migration, MigrationState.DONE)
    ready = await documents.get(DocumentRef(named("c"), "a"))
    assert ready.status is Status.READY

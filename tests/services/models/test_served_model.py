"""Adoption and verification of models."""

import asyncio

import pytest

from shared.config import Settings
from shared.db.kit.pool import Database
from shared.db.models import embedding_models
from shared.domain.documents.document import Status
from shared.domain.models.identity import ModelCard, ModelIdentity
from shared.domain.refs import DocumentRef
from shared.services.documents.service import DocumentService
from tests.services.embedding.stored_rows import count_rows
from tests.support.collections import named
from tests.support.worker_harness import (
    OUTAGE,
    RecordedWakeUps,
    WorkerHarness,
    make_harness,
    new,
    reject,
    vector_of,
)

pytestmark = pytest.mark.anyio


async def test_changed_model_pauses_the_worker(
    harness: WorkerHarness, documents: DocumentService
) -> None:
    harness.model.verified()
    await documents.put(new("a"))
    harness.embedder.weights = "the same weights in another file"
    harness.server.probe()
    assert harness.breaker.closed
    harness.embedder.weights = "other weights"
    harness.embedder.vector = lambda text: [-x for x in vector_of(text)]
    harness.server.probe()
    assert harness.breaker.paused_reason == "model_changed"
    await harness.work()
    assert (await documents.get(DocumentRef(named("c"), "a"))).status is Status.PENDING


async def test_probe_reads_the_model_card_again_after_an_outage(
    harness: WorkerHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = harness.model.verified()

    def unreachable(_: str) -> ModelCard:
        raise OUTAGE

    harness.embedder.weights = "the same weights in another file"
    with monkeypatch.context() as patch:
        patch.setattr(harness.embedder, "card", unreachable)
        harness.server.probe()
        assert harness.breaker.paused_reason == "unreachable"
    monkeypatch.setattr(harness.embedder, "card", lambda _: ModelCard(context_tokens=32))
    harness.server.probe()
    assert harness.model.verified().chunk_tokens < before.chunk_tokens


def adopted(database: Database, name: str, prefix: str = "") -> ModelIdentity:
    with database.connection() as connection:
        return embedding_models.adopt(connection, ModelIdentity(name, prefix, prefix)).identity


async def test_the_setting_changes_the_model_of_all_before_the_first_embedding(
    harness: WorkerHarness, documents: DocumentService, database: Database
) -> None:
    await documents.put(new("a"))
    assert adopted(database, "a-guess").name == "a-guess"
    assert adopted(database, "all-minilm", "prefix: ").document_prefix == "prefix: "
    await harness.work()
    a = await documents.get(DocumentRef(named("c"), "a"))
    assert a.embedding is not None
    assert a.embedding.model == harness.model.name == "all-minilm"
    assert count_rows(database, "jobs") == 0


async def test_the_setting_changes_the_model_of_new_collections_afterwards(
    harness: WorkerHarness, documents: DocumentService, database: Database
) -> None:
    await documents.put(new("a"))
    await harness.work()
    assert adopted(database, "another").name == "another"
    assert (await documents.get(DocumentRef(named("c"), "a"))).status is Status.READY
    await documents.put(new("b"))
    await documents.put(new("a", collection="d"))
    with database.connection() as connection:
        rows = connection.execute(
            "SELECT d.collection, m.name FROM jobs j JOIN documents d ON d.key = j.document_key"
            " JOIN embedding_models m ON m.id = j.model_id ORDER BY d.collection"
        ).fetchall()
    assert [tuple(row.values()) for row in rows] == [("c", "all-minilm"), ("d", "another")]


async def test_writes_during_the_adoption_of_a_model_all_get_a_job(
    harness: WorkerHarness, documents: DocumentService, database: Database
) -> None:
    adopting = asyncio.create_task(asyncio.to_thread(harness.servers.in_use))
    await asyncio.gather(*(documents.put(new(f"d{n}")) for n in range(60)))
    await adopting
    assert count_rows(database, "jobs") == 60


async def test_server_that_rejects_the_fingerprint_text_pauses_the_worker(
    harness: WorkerHarness, documents: DocumentService
) -> None:
    await documents.put(new("a"))
    harness.embedder.on_embed = reject
    assert (await harness.work()).paused == harness.breaker.paused_reason == "bad_answer"
    await asyncio.to_thread(harness.server.probe)
    assert harness.breaker.paused_reason == "bad_answer"
    harness.embedder.on_embed = None
    await asyncio.to_thread(harness.server.probe)
    assert (await harness.work()).paused is None
    assert (await documents.get(DocumentRef(named("c"), "a"))).status is Status.READY


async def test_documents_of_the_version_before_migrations_stay_ready(
    harness: WorkerHarness,
    documents: DocumentService,
    database: Database,
    settings: Settings,
    wake_ups: RecordedWakeUps,
) -> None:
    await documents.put(new("a"))
    await harness.work()
    with database.connection() as connection:  # it recorded no size of chunks
        connection.execute("UPDATE embedding_models SET chunk_tokens = NULL")
    upgraded = make_harness(settings, database, harness.embedder, wake_ups)
    assert upgraded.model.id == harness.model.id
    assert upgraded.model.verified().chunk_tokens == harness.model.verified().chunk_tokens
    assert (await documents.get(DocumentRef(named("c"), "a"))).status is Status.READY
    assert count_rows(database, "jobs") == count_rows(database, "collections") == 0


async def test_a_changed_setting_keeps_the_jobs_of_a_collection_that_has_a_row(
    harness: WorkerHarness, documents: DocumentService, database: Database
) -> None:
    harness.servers.in_use()
    await documents.put(new("a"))
    with database.connection() as connection:
        connection.execute(
            "INSERT INTO collections (name, active_model_id) SELECT 'c', id FROM embedding_models"
        )
    adopted(database, "another")
    with database.connection() as connection:
        rows = connection.execute(
            "SELECT m.name FROM jobs j JOIN embedding_models m ON m.id = j.model_id"
        ).fetchall()
    assert [row["name"] for row in rows] == ["another"]


async def test_a_model_that_was_just_replaced_makes_no_stored_vector(
    harness: WorkerHarness, documents: DocumentService
) -> None:
    harness.model.verified()
    harness.embedder.weights = "other weights"
    harness.embedder.vector = lambda text: [-x for x in vector_of(text)]
    await documents.put(new("a"))
    for _ in range(3):
        await harness.work()
    assert (await documents.get(DocumentRef(named("c"), "a"))).status is Status.PENDING
    await asyncio.to_thread(harness.server.probe)
    assert harness.breaker.paused_reason == "model_changed"

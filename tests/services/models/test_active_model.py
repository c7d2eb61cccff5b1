"""Adoption and verification of the active model."""

import asyncio

import pytest

from shared.db.kit.pool import Database
from shared.domain.documents.document import Status
from shared.domain.models.identity import ModelCard, ModelIdentity
from shared.domain.refs import DocumentRef
from shared.services.documents.service import DocumentService
from shared.services.models.active_model import ActiveModel
from shared.services.models.model_scheduler import ModelScheduler
from tests.services.embedding.stored_rows import count_rows
from tests.support.worker_harness import (
    OUTAGE,
    WorkerHarness,
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
    harness.embedding.probe()
    assert harness.breaker.closed
    harness.embedder.weights = "other weights"
    harness.embedder.vector = lambda text: [-x for x in vector_of(text)]
    harness.embedding.probe()
    assert harness.breaker.paused_reason == "model_changed"
    await harness.work()
    assert (await documents.get(DocumentRef("c", "a"))).status is Status.PENDING


async def test_probe_reads_the_model_card_again_after_an_outage(
    harness: WorkerHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = harness.model.verified()

    def unreachable(_: str) -> ModelCard:
        raise OUTAGE

    harness.embedder.weights = "the same weights in another file"
    with monkeypatch.context() as patch:
        patch.setattr(harness.embedder, "card", unreachable)
        harness.embedding.probe()
        assert harness.breaker.paused_reason == "unreachable"
    monkeypatch.setattr(harness.embedder, "card", lambda _: ModelCard(context_tokens=32))
    harness.embedding.probe()
    assert harness.model.verified().chunk_tokens < before.chunk_tokens


async def test_setting_changes_the_model_only_before_the_first_embedding(
    harness: WorkerHarness, documents: DocumentService, database: Database
) -> None:
    def adopted(name: str, prefix: str = "") -> ModelIdentity:
        identity = ModelIdentity(name, prefix, prefix)
        return (
            ActiveModel(database, harness.embedder, ModelScheduler(1), identity, 256)
            .adopt()
            .identity
        )

    assert adopted("a-guess").name == "a-guess"
    assert adopted("all-minilm", "prefix: ") == ModelIdentity("all-minilm", "prefix: ", "prefix: ")
    assert harness.model.adopt().identity == ModelIdentity("all-minilm")
    await documents.put(new("a"))
    await harness.work()
    assert adopted("another").name == "all-minilm"
    assert adopted("all-minilm", "prefix: ").document_prefix == ""


async def test_writes_during_the_adoption_of_a_model_all_get_a_job(
    harness: WorkerHarness, documents: DocumentService, database: Database
) -> None:
    adopting = asyncio.create_task(asyncio.to_thread(harness.model.verified))
    await asyncio.gather(*(documents.put(new(f"d{n}")) for n in range(60)))
    await adopting
    assert count_rows(database, "jobs") == 60


async def test_server_that_rejects_the_fingerprint_text_pauses_the_worker(
    harness: WorkerHarness, documents: DocumentService
) -> None:
    await documents.put(new("a"))
    harness.embedder.on_embed = reject
    assert (await harness.work()).paused == harness.breaker.paused_reason == "bad_answer"
    await asyncio.to_thread(harness.embedding.probe)
    assert harness.breaker.paused_reason == "bad_answer"
    harness.embedder.on_embed = None
    await asyncio.to_thread(harness.embedding.probe)
    assert (await harness.work()).paused is None
    assert (await documents.get(DocumentRef("c", "a"))).status is Status.READY

"""Requests to the model server, and the isolation of bad texts."""

import asyncio

import pytest

from shared.domain.documents.document import Lane, Status
from shared.domain.documents.listing import Listing
from shared.domain.embedding.fair_shares import Share
from shared.domain.model_errors import ModelUnavailable, TextRejected
from shared.domain.reasons import UnavailableReason
from shared.domain.refs import DocumentRef
from shared.services.documents.service import DocumentService
from tests.support.collections import named
from tests.support.worker_harness import (
    POISON,
    WorkerHarness,
    new,
    reject,
    vector_of,
)

pytestmark = pytest.mark.anyio

DIMENSIONS = len(vector_of(""))


async def test_requests_go_from_short_to_long_texts_and_each_text_gets_its_outcome(
    harness: WorkerHarness,
) -> None:
    texts = ["word " * 9, "word", "word " * 5, f"{POISON} " * 7, "word " * 3]
    model = await asyncio.to_thread(harness.model.verified)
    outcomes = harness.calls.embed(model, harness.calls.begin(3, Share()), texts, lambda: None)
    first = harness.embedder.calls[1]  # after the fingerprint
    assert first == [texts[index] for index in (1, 4, 2, 3, 0)]
    for text, outcome in zip(texts, outcomes, strict=True):
        if POISON in text:
            assert isinstance(outcome, TextRejected)
        else:
            assert outcome == vector_of(text)


async def test_server_that_rejects_every_text_fails_no_document(
    harness: WorkerHarness, documents: DocumentService
) -> None:
    harness.model.verified()
    for n in range(3):
        await documents.put(new(f"d{n}", f"text {n}"))
    harness.embedder.on_embed = reject
    assert (await harness.work()).paused == "bad_answer"
    for n in range(3):
        assert (await documents.get(DocumentRef(named("c"), f"d{n}"))).error is None
    harness.embedder.on_embed = None
    await documents.put(new("poison", POISON))
    await asyncio.to_thread(harness.server.probe)
    assert (await harness.work()).paused is None
    assert (await documents.get(DocumentRef(named("c"), "d0"))).status is Status.READY
    rejected = await documents.get(DocumentRef(named("c"), "poison"))
    assert rejected.error is not None
    assert (rejected.error.code, rejected.error.attempts) == ("rejected_by_model", 1)


@pytest.mark.parametrize(
    ("vector", "reason"),
    [
        ([float("nan")] * DIMENSIONS, "bad_answer"),
        ([0.0] * DIMENSIONS, "bad_answer"),
        ([1.0] * (DIMENSIONS + 1), "model_changed"),
    ],
)
async def test_server_that_returns_bad_vectors_for_every_text_fails_no_document(
    harness: WorkerHarness, documents: DocumentService, vector: list[float], reason: str
) -> None:
    harness.model.verified()
    await documents.put(new("a"))
    harness.embedder.vector = lambda _: vector
    assert (await harness.work()).paused == reason
    assert (await documents.get(DocumentRef(named("c"), "a"))).error is None
    harness.embedder.vector = vector_of
    await asyncio.to_thread(harness.server.probe)
    await harness.work()
    assert (await documents.get(DocumentRef(named("c"), "a"))).status is Status.READY


async def test_text_on_which_the_server_fails_is_isolated(
    harness: WorkerHarness, documents: DocumentService
) -> None:
    harness.model.verified()

    def fail_on_poison() -> None:
        if any(POISON in text for text in harness.embedder.calls[-1]):
            raise ModelUnavailable(UnavailableReason.SERVER_ERROR, "Ollama failed with status 500.")

    harness.embedder.on_embed = fail_on_poison
    for n in range(8):
        await documents.put(new(f"d{n}", POISON if n == 5 else f"good {n}"))
    await asyncio.to_thread(harness.embedding.embed_batch, Lane.INTERACTIVE)
    page = await documents.page(Listing(named("c"), Status.PENDING))
    assert [each.ref.id for each in page.documents] == ["d5"]
    assert page.documents[0].error is not None
    assert page.documents[0].error.code == "model_failed"
    assert harness.breaker.closed


async def test_the_pause_shows_while_the_server_is_checked(
    harness: WorkerHarness, documents: DocumentService
) -> None:
    harness.model.verified()
    await documents.put(new("a"))
    seen: list[str | None] = []

    def time_out() -> None:
        seen.append(harness.breaker.paused_reason)
        raise ModelUnavailable(UnavailableReason.TIMEOUT, "It did not answer.")

    harness.embedder.on_embed = time_out
    assert (await harness.work()).paused == "timeout"
    assert seen == [None, "timeout"]  # the text, then a harmless sentence
    harness.embedder.on_embed = None
    await asyncio.to_thread(harness.server.probe)
    await harness.work()
    assert (await documents.get(DocumentRef(named("c"), "a"))).status is Status.READY

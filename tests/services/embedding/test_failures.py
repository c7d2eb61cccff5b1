"""Documents that cannot be embedded fail alone, with a reason."""

import asyncio
import math

import pytest

from shared.db.kit.pool import Database
from shared.domain.documents.document import Lane, Status
from shared.domain.refs import DocumentRef
from shared.services.documents.service import DocumentService
from tests.services.embedding.stored_rows import stored_vector
from tests.support.collections import named
from tests.support.worker_harness import (
    POISON,
    WorkerHarness,
    new,
    vector_of,
)

pytestmark = pytest.mark.anyio


async def test_rejected_document_fails_after_its_attempts_and_others_succeed(
    harness: WorkerHarness, documents: DocumentService
) -> None:
    harness.model.verified()
    for n in range(8):
        await documents.put(new(f"d{n}", f"{POISON if n == 3 else 'good'} {n}"))
    await harness.work()
    statuses = [(await documents.get(DocumentRef(named("c"), f"d{n}"))).status for n in range(8)]
    assert statuses == [Status.PENDING if n == 3 else Status.READY for n in range(8)]
    waiting = await documents.get(DocumentRef(named("c"), "d3"))
    assert waiting.error is not None
    assert (waiting.error.attempts, waiting.error.code) == (1, "rejected_by_model")
    assert waiting.error.retry_at is not None
    failed = await harness.work_until_settled(documents, "d3")
    assert failed.status is Status.FAILED
    assert failed.error is not None
    assert (failed.error.attempts, failed.error.retry_at) == (3, None)
    assert POISON not in failed.error.message


@pytest.mark.parametrize("vector", [[math.nan] * 8, [0.0] * 8, [1.0] * 7])
async def test_unsearchable_vector_is_not_stored(
    harness: WorkerHarness, documents: DocumentService, database: Database, vector: list[float]
) -> None:
    harness.model.verified()
    await documents.put(new("good", "good"))
    await documents.put(new("bad", "bad"))
    harness.embedder.vector = lambda text: vector if text == "bad" else vector_of(text)
    failed = await harness.work_until_settled(documents, "bad")
    assert failed.status is Status.FAILED
    assert stored_vector(database, "bad") is None
    assert (await documents.get(DocumentRef(named("c"), "good"))).status is Status.READY


async def test_vector_too_large_for_16_bit_floats_fails_only_its_document(
    harness: WorkerHarness, documents: DocumentService
) -> None:
    harness.model.verified()
    harness.embedder.vector = lambda text: [1e6] * 8 if text == "big" else vector_of(text)
    await documents.put(new("big", "big"))
    await documents.put(new("good", "good"))
    await asyncio.to_thread(harness.embedding.embed_batch, Lane.INTERACTIVE)
    assert (await documents.get(DocumentRef(named("c"), "good"))).status is Status.READY
    big = await documents.get(DocumentRef(named("c"), "big"))
    assert big.error is not None
    assert big.error.code == "vector_not_finite"

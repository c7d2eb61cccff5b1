"""The circuit breaker of the model server."""

import pytest

from shared.domain.documents.document import Status
from shared.domain.refs import DocumentRef
from shared.services.documents.service import DocumentService
from tests.support.collections import named
from tests.support.worker_harness import (
    OUTAGE,
    WorkerHarness,
    new,
)

pytestmark = pytest.mark.anyio


async def test_outage_pauses_the_worker_and_fails_no_document(
    harness: WorkerHarness, documents: DocumentService
) -> None:
    harness.model.verified()
    await documents.put(new("a"))
    harness.embedder.fault = OUTAGE
    await harness.work()
    assert harness.breaker.paused_reason == "unreachable"
    waiting = await documents.get(DocumentRef(named("c"), "a"))
    assert (waiting.status, waiting.error) == (Status.PENDING, None)
    harness.embedder.fault = None
    await harness.work()
    assert harness.embedder.calls[1:] == []  # nothing is claimed before a probe succeeds
    harness.server.probe()
    assert (await harness.work_until_settled(documents, "a")).status is Status.READY

"""A single write waits for the requests that run, however much another tenant writes."""

import asyncio
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from shared.config import Settings
from shared.db.kit.pool import Database
from shared.domain.documents.document import Lane, NewDocument
from shared.domain.embedding.vectors import Embeddings
from shared.domain.refs import Collection, DocumentRef, Tenant
from shared.services.documents.service import DocumentService
from shared.services.models import model_scheduler
from tests.support.processes import eventually
from tests.support.tenants import add_tenant
from tests.support.worker_harness import (
    FakeEmbedder,
    RecordedWakeUps,
    WorkerHarness,
    make_harness,
)

pytestmark = pytest.mark.anyio

THREADS = 7
REQUESTS_AT_A_TIME = 2
"""Those of the harness."""


class SteppedEmbedder(FakeEmbedder):
    """Lets requests end one by one, once it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.is_stepped = False
        self.started = threading.Semaphore(0)
        self.may_end = threading.Semaphore(0)

    def embed(self, model: str, texts: Sequence[str], dimensions: int | None = None) -> Embeddings:
        answer = super().embed(model, texts, dimensions)
        if self.is_stepped:
            self.started.release()
            assert self.may_end.acquire(timeout=60)
        return answer


def new_of(tenant: Tenant, id_: str) -> NewDocument:
    ref = DocumentRef(Collection(tenant, id_.partition("-")[0]), id_)
    return NewDocument(ref, None, f"the text of {id_}", {})


def waiting(harness: WorkerHarness) -> int:
    return sum(map(len, harness.calls._scheduler._waiting))


async def held(harness: WorkerHarness, claims: int) -> None:
    leases = harness.embedding.leases
    await asyncio.to_thread(eventually, lambda: len(leases.held()) == claims, "it is claimed")


async def write_much(documents: DocumentService, tenant: Tenant) -> None:
    for number in range(40):
        await documents.put(new_of(tenant, f"single{number}-{number}"))
    with documents.bulk_import(100) as bulk:
        for number in range(80):
            await bulk.add(new_of(tenant, f"bulk-{number}"))
        await bulk.flush()


async def test_a_single_write_waits_for_running_requests_only(
    settings: Settings,
    database: Database,
    documents: DocumentService,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(2 * THREADS))
    monkeypatch.setattr(model_scheduler, "PATIENCE_SECONDS", (0.0, -1.0, -1.0, -1.0, -1.0, 0.0))
    embedder = SteppedEmbedder()
    harness = make_harness(settings, database, embedder, RecordedWakeUps(), threads=THREADS)
    harness.model.verified()
    noisy, quiet = add_tenant(database, "noisy"), add_tenant(database, "quiet")
    await write_much(documents, noisy)
    embedder.is_stepped = True
    tasks = []
    for number, lane in enumerate([Lane.BULK] * 3 + [Lane.INTERACTIVE] * (THREADS - 4), start=1):
        tasks.append(asyncio.create_task(harness.work(lane)))
        await held(harness, number)
    assert (await harness.work()).documents == 0, "the noisy tenant leaves a thread"
    await asyncio.to_thread(
        eventually, lambda: waiting(harness) == len(tasks) - REQUESTS_AT_A_TIME, "the rest waits"
    )

    await documents.put(new_of(quiet, "quiet"))
    tasks.append(asyncio.create_task(harness.work()))
    await asyncio.to_thread(
        eventually, lambda: waiting(harness) == len(tasks) - REQUESTS_AT_A_TIME, "it waits"
    )
    for _ in range(REQUESTS_AT_A_TIME):
        assert embedder.started.acquire(timeout=30)
    embedder.may_end.release()
    assert await asyncio.to_thread(embedder.started.acquire, timeout=30)
    assert embedder.calls[-1] == ["the text of quiet"]

    embedder.is_stepped = False
    for _ in tasks:
        embedder.may_end.release(2)
    reports = await asyncio.gather(*tasks)
    assert "quiet" in [id_ for report in reports for id_ in report.ready]

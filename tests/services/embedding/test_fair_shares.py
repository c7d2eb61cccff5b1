"""Nobody's short document waits behind the long or the many documents of others."""

import asyncio
import threading
from collections.abc import Sequence

import pytest

from shared.config import Settings
from shared.db.embedding import claims
from shared.db.kit.pool import Database
from shared.domain.documents.document import INTERACTIVE_MAX_BYTES, Lane, Status
from shared.domain.embedding.flows import FlowTurns
from shared.domain.embedding.jobs import ClaimLimits
from shared.domain.embedding.vectors import Embeddings
from shared.domain.refs import DocumentRef
from shared.services.documents.service import DocumentService
from tests.support.collections import named
from tests.support.worker_harness import (
    FakeEmbedder,
    RecordedWakeUps,
    WorkerHarness,
    make_harness,
    new,
)

pytestmark = pytest.mark.anyio

LONG = "A long text about ink. " * 1000


class Turns:
    """Claims as a worker does, and remembers whose turn it is."""

    def __init__(self, database: Database, model_id: int) -> None:
        self._database = database
        self._model_id = model_id
        self._turns = FlowTurns()

    def claim(self, documents: int, content_bytes: int = 10**6, *, longest: int = 0) -> list[str]:
        lane = Lane.INTERACTIVE
        limits = ClaimLimits(documents, content_bytes, self._turns.next_ranges(lane, longest))
        with self._database.connection() as connection:
            claim = claims.claim(connection, self._model_id, lane, limits, 60)
        if claim.last_flow is not None:
            self._turns.served(lane, claim.last_flow)
        return [job.ref.id for job in claim.jobs]


@pytest.fixture
def turns(harness: WorkerHarness, database: Database) -> Turns:
    return Turns(database, harness.model.verified().id)


async def test_collections_take_turns(turns: Turns, documents: DocumentService) -> None:
    for n in range(20):
        await documents.put(new(f"many{n}", collection="many"))
    await documents.put(new("few1", collection="few"))
    await documents.put(new("few2", collection="few"))
    assert {"few1", "few2"} <= {id_ for _ in range(4) for id_ in turns.claim(1)}


async def test_a_claim_has_documents_of_several_collections(
    turns: Turns, documents: DocumentService
) -> None:
    for n in range(20):
        await documents.put(new(f"many{n}", collection="many"))
    await documents.put(new("few", collection="few"))
    claimed = turns.claim(4)
    assert "few" in claimed
    assert len(claimed) > 1


async def test_short_documents_do_not_wait_for_longer_ones_of_their_collection(
    turns: Turns, documents: DocumentService
) -> None:
    for n in range(5):
        await documents.put(new(f"long{n}", f"{n} {LONG}"))
    await documents.put(new("short"))
    assert turns.claim(3, 1000, longest=2) == ["long0"]
    assert turns.claim(3, 1000) == ["short"]
    assert turns.claim(3, 1000, longest=1) == []
    assert turns.claim(3, 1000, longest=2) == ["long1"]


async def test_flows_of_leased_documents_hide_no_others(
    turns: Turns, documents: DocumentService
) -> None:
    ids = {f"d{n}" for n in range(12)}
    for id_ in ids:
        await documents.put(new(id_, collection=id_))
    claimed = [id_ for _ in range(12) for id_ in turns.claim(1)]
    assert set(claimed) == ids


async def test_a_large_document_goes_to_the_bulk_lane(documents: DocumentService) -> None:
    large, _ = await documents.put(new("large", "x" * (INTERACTIVE_MAX_BYTES + 1)))
    smaller, _ = await documents.put(new("smaller", "x" * INTERACTIVE_MAX_BYTES))
    assert (large.lane, smaller.lane) == (Lane.BULK, Lane.INTERACTIVE)


class HeldEmbedder(FakeEmbedder):
    """Keeps requests with a long text until `go_on` is set."""

    def __init__(self) -> None:
        super().__init__()
        self.holding = threading.Semaphore(0)
        self.go_on = threading.Event()

    def embed(self, model: str, texts: Sequence[str], dimensions: int | None = None) -> Embeddings:
        if any("long text" in text for text in texts):
            self.holding.release()
            assert self.go_on.wait(60)
        return super().embed(model, texts, dimensions)


async def test_short_documents_become_ready_while_long_ones_are_embedded(
    settings: Settings, database: Database, documents: DocumentService
) -> None:
    embedder = HeldEmbedder()
    harness = make_harness(settings, database, embedder, RecordedWakeUps(), threads=3)
    for n in range(5):
        await documents.put(new(f"long{n}", f"{n} {LONG}"))
    tasks = [asyncio.create_task(harness.work()) for _ in range(2)]
    assert await asyncio.to_thread(embedder.holding.acquire, timeout=60)
    await documents.put(new("short"))
    async with asyncio.timeout(60):
        while (await documents.get(DocumentRef(named("c"), "short"))).status is not Status.READY:
            await harness.work()  # the other task may hold the tenant's last thread for a moment
    embedder.go_on.set()
    assert any(report.ready for report in await asyncio.gather(*tasks))

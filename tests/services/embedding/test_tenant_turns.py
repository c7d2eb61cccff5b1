"""Each batch is that of the tenant which used the least of the model."""

import random
from collections import Counter
from collections.abc import Sequence

import pytest

from shared.config import Settings
from shared.db.kit.pool import Database
from shared.domain.documents.document import NewDocument
from shared.domain.embedding.vectors import Embeddings
from shared.domain.refs import Collection, DocumentRef, Tenant
from shared.services.documents.service import DocumentService
from shared.services.embedding.batch_report import BatchReport
from shared.services.models import model_calls
from tests.support.tenants import add_tenant
from tests.support.worker_harness import (
    OUTAGE,
    FakeEmbedder,
    RecordedWakeUps,
    WorkerHarness,
    make_harness,
)

pytestmark = pytest.mark.anyio

SECONDS_OF_A_TEXT = 0.1
DOCUMENTS_OF_A_CLAIM = 8
LONGEST = SECONDS_OF_A_TEXT * DOCUMENTS_OF_A_CLAIM
USED = "SELECT tenant, sum(model_ms) / 1000 AS used FROM tenant_shares GROUP BY tenant"


class TimedEmbedder(FakeEmbedder):
    """Takes the same time for each text, by a clock of its own."""

    now = 0.0

    def embed(self, model: str, texts: Sequence[str], dimensions: int | None = None) -> Embeddings:
        answer = super().embed(model, texts, dimensions)
        self.now += SECONDS_OF_A_TEXT * len(texts)
        return answer

    def monotonic(self) -> float:
        return self.now


class Tenants:
    """Tenants that write documents, and what each has used of the model."""

    def __init__(
        self, harness: WorkerHarness, database: Database, documents: DocumentService
    ) -> None:
        self.harness = harness
        self._database = database
        self._documents = documents
        self._numbers: Counter[str] = Counter()

    def add(self, name: str, weight: float = 1.0) -> Tenant:
        return add_tenant(self._database, name, weight)

    async def write(self, tenant: Tenant, count: int = 1) -> None:
        for _ in range(count):
            self._numbers[tenant.name] += 1
            id_ = f"{tenant.name}-{self._numbers[tenant.name]}"
            ref = DocumentRef(Collection(tenant, "c"), id_)
            await self._documents.put(NewDocument(ref, None, f"the text of {id_}", {}))

    async def served(self) -> Counter[str]:
        """Embed one batch. Return how many documents of each tenant it had."""
        report: BatchReport = await self.harness.work()
        return Counter(id_.partition("-")[0] for id_ in report.ready)

    def used(self) -> dict[str, float]:
        with self._database.connection() as connection:
            rows = connection.execute(USED).fetchall()
        return {row["tenant"]: row["used"] for row in rows}


@pytest.fixture
def embedder(monkeypatch: pytest.MonkeyPatch) -> TimedEmbedder:
    embedder = TimedEmbedder()
    monkeypatch.setattr(model_calls, "time", embedder)
    return embedder


@pytest.fixture
def tenants(
    settings: Settings,
    database: Database,
    documents: DocumentService,
    embedder: TimedEmbedder,
    wake_ups: RecordedWakeUps,
) -> Tenants:
    harness = make_harness(settings, database, embedder, wake_ups)
    harness.model.verified()
    return Tenants(harness, database, documents)


async def test_a_newcomer_goes_first_and_then_takes_turns(tenants: Tenants) -> None:
    noisy, quiet = tenants.add("noisy"), tenants.add("quiet")
    await tenants.write(noisy, 60)
    for _ in range(3):
        assert await tenants.served() == {"noisy": 8}
    await tenants.write(quiet, 20)
    served = [next(iter(await tenants.served())) for _ in range(4)]
    assert served[0] == "quiet"
    assert "noisy" in served[:3]


async def test_a_single_write_is_in_the_next_claim(tenants: Tenants) -> None:
    noisy, quiet = tenants.add("noisy"), tenants.add("quiet")
    await tenants.write(noisy, 60)
    assert await tenants.served() == {"noisy": 8}
    for _ in range(5):
        await tenants.write(quiet)
        assert await tenants.served() == {"quiet": 1}
        assert await tenants.served() == {"noisy": 8}


async def test_a_weight_is_a_share(tenants: Tenants) -> None:
    await tenants.write(tenants.add("one", 1.0), 80)
    await tenants.write(tenants.add("three", 3.0), 80)
    batches = [await tenants.served() for _ in range(8)]
    total = sum(batches, Counter())
    assert (total["one"], total["three"]) == (16, 48)


async def test_a_tenant_alone_has_the_whole_model(tenants: Tenants) -> None:
    await tenants.write(tenants.add("busy", 0.01), 24)
    tenants.add("idle", 100.0)
    assert [await tenants.served() for _ in range(3)] == [{"busy": 8}] * 3


async def test_vectors_are_not_shared_between_tenants(
    tenants: Tenants, embedder: TimedEmbedder, documents: DocumentService
) -> None:
    texts = []
    for name in ("one", "other"):
        ref = DocumentRef(Collection(tenants.add(name), "c"), name)
        await documents.put(NewDocument(ref, None, "the same text", {}))
        embedder.calls.clear()
        await tenants.served()
        texts += [text for call in embedder.calls for text in call]
    assert texts == ["the same text"] * 2


async def test_an_outage_costs_one_probe_for_all_tenants(
    tenants: Tenants, embedder: TimedEmbedder
) -> None:
    for number in range(20):
        await tenants.write(tenants.add(f"t{number}"))
    embedder.fault = OUTAGE
    assert (await tenants.harness.work()).paused == "unreachable"
    assert len(tenants.harness.servers.paused) >= 20
    assert tenants.used().get("t0", 0.0) == 0.0
    embedder.fault = None
    embedder.calls.clear()
    for server in tenants.harness.servers.all():
        server.probe()
    assert len(embedder.calls) == 1
    served = [await tenants.served() for _ in range(20)]
    assert sum(served, Counter()) == {f"t{number}": 1 for number in range(20)}


class Schedule:
    """Random arrivals and outages. Checks the shares of tenants that have work all the time."""

    def __init__(self, tenants: Tenants, seed: int) -> None:
        self._random = random.Random(seed)
        self._tenants = tenants
        names = ("a", "b", "c", "d")
        self._weights = {name: self._random.choice([1.0, 2.0, 3.0]) for name in names}
        self._all = {name: tenants.add(name, weight) for name, weight in self._weights.items()}
        self._waiting: Counter[str] = Counter()
        self._used: Counter[str] = Counter()
        self._busy_since: dict[str, Counter[str]] = {}

    async def step(self) -> None:
        action = self._random.random()
        if action < 0.25:
            await self._write()
        elif action < 0.3:
            await self._fail()
        else:
            await self._serve()
            self._check()

    async def finish(self) -> None:
        while self._waiting.total():
            await self._serve()
        for name, used in self._tenants.used().items():
            assert used == pytest.approx(self._used[name])

    async def _write(self) -> None:
        name = self._random.choice(list(self._all))
        if not self._waiting[name]:
            self._busy_since[name] = self._used.copy()
        count = self._random.choice([1, 2, 20])
        await self._tenants.write(self._all[name], count)
        self._waiting[name] += count

    async def _fail(self) -> None:
        """The model server fails and recovers."""
        self._tenants.harness.embedder.fault = OUTAGE
        report = await self._tenants.harness.work()
        assert report.documents == 0
        self._tenants.harness.embedder.fault = None
        self._tenants.harness.server.probe()

    async def _serve(self) -> None:
        served = await self._tenants.served()
        assert bool(served) == bool(self._waiting.total()), "the model is idle though there is work"
        self._waiting -= served
        for name, count in served.items():
            self._used[name] += count * SECONDS_OF_A_TEXT  # type: ignore[assignment]

    def _check(self) -> None:
        busy = [name for name in self._all if self._waiting[name]]
        for one in busy:
            for other in busy:
                since = max(self._busy_since[one], self._busy_since[other], key=Counter.total)
                shares = [
                    (self._used[name] - since[name]) / self._weights[name] for name in (one, other)
                ]
                allowed = sum(LONGEST / self._weights[name] for name in (one, other))
                assert abs(shares[0] - shares[1]) <= allowed + 1e-6


@pytest.mark.parametrize("seed", range(4))
async def test_shares_by_weight_whatever_arrives(tenants: Tenants, seed: int) -> None:
    schedule = Schedule(tenants, seed)
    for _ in range(120):
        await schedule.step()
    await schedule.finish()

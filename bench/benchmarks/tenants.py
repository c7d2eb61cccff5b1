"""Searches of a tenant among others, next to the same documents alone in a database.

Both are searched in turns by the service that the API calls, so the times exclude HTTP. The vectors
of the queries are known, so they exclude the model too. Each search is repeated, and its fastest
time counts, because other processes of the machine disturb.
"""

import asyncio
import tempfile
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import psycopg
from pydantic import SecretStr

from bench import measure, stack
from bench.corpus import tenant_database
from bench.corpus.synthetic import Floats
from bench.corpus.tenants import SMALL, TenantCorpus
from shared.config import Settings
from shared.db.kit.pool import AsyncDatabase
from shared.domain.embedding.vectors import Embeddings, Vector
from shared.domain.models.embedding_model import FINGERPRINT_TEXT
from shared.domain.refs import DEFAULT_TENANT, Tenant
from shared.domain.search.kept_order import Cursor, KeptHit, KeptOrder
from shared.domain.search.request import Mode, SearchRequest
from shared.domain.search.scope import Scope
from shared.ports.meters import ApiMeter
from shared.services.search.query_embeddings import QueryEmbeddings
from shared.services.search.query_servers import QueryServers
from shared.services.search.recent_queries import RecentQueries
from shared.services.search.reranking import Reranking
from shared.services.search.service import SearchService

CHUNKS, QUICK_CHUNKS = 1_000_000, 100_000
SHARES = {"0.1%": 0.001, "1%": 0.01, "10%": 0.1}
SMALL_SHARE = 0.1
"""The share of all small tenants together. The default tenant has the rest."""
ROUNDS, QUICK_ROUNDS = 5, 3
POSTGRES = {"shared_buffers": "3GB", "maintenance_work_mem": "1GB"}
HITS = 10


def run(*, quick: bool) -> list[dict[str, Any]]:
    """Store all tenants in one database and each measured one in its own. Search both in turns."""
    measured, others = _corpora(QUICK_CHUNKS if quick else CHUNKS)
    with (
        tempfile.TemporaryDirectory(prefix="inkdex-") as folder,
        stack.databases(Path(folder), POSTGRES) as (url, _),
    ):
        together = _database(url, "together", [*others, *measured.values()])
        alone = {
            share: _database(url, f"alone_{n}", [replace(corpus, name=DEFAULT_TENANT.name)])
            for n, (share, corpus) in enumerate(measured.items())
        }
        rounds = QUICK_ROUNDS if quick else ROUNDS
        return asyncio.run(_measured(together, alone, measured, rounds))


def _corpora(size: int) -> tuple[dict[str, TenantCorpus], list[TenantCorpus]]:
    """Return the tenants that are measured by their share, and the others."""
    measured = {
        share: TenantCorpus(f"measured-{n}", int(part * size), 100 * (n + 1))
        for n, (share, part) in enumerate(SHARES.items())
    }
    count = int(SMALL_SHARE * size / SMALL)
    small = [
        TenantCorpus(f"small-{n}", SMALL, 1000 + 10 * n, is_searched=False) for n in range(count)
    ]
    rest = size - sum(corpus.size for corpus in [*measured.values(), *small])
    return measured, [TenantCorpus(DEFAULT_TENANT.name, rest, 1, is_searched=False), *small]


def _database(url: str, name: str, corpora: Sequence[TenantCorpus]) -> str:
    """Store the corpora in a new database. Return its URL."""
    started = time.perf_counter()
    with psycopg.connect(url.rpartition("/")[0] + "/postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {url.rpartition('/')[2]}".encode())
    new = f"{url.rpartition('/')[0]}/{name}"
    tenant_database.store(new, corpora)
    print(f"{name}: {time.perf_counter() - started:.0f} s")
    return new


@dataclass
class Variant:
    """A tenant's documents in one of the databases, and what was measured there."""

    service: SearchService
    corpus: TenantCorpus
    seconds: dict[tuple[Mode, str], list[float]] = field(default_factory=lambda: defaultdict(list))
    found: int = 0
    wanted: int = 0

    async def search(self, query: str, mode: Mode) -> None:
        scope = Scope(tenant_database.collection(self.corpus))
        started = time.perf_counter()
        result = await self.service.search(SearchRequest(query, scope, mode, HITS))
        self.seconds[mode, query].append(time.perf_counter() - started)
        if mode is Mode.SEMANTIC:
            nearest = self.corpus.nearest(self.corpus.queries[query], HITS)
            self.found += len(nearest & {int(hit.ref.id) for hit in result.hits})
            self.wanted += HITS

    def figures(self, mode: Mode) -> dict[str, float]:
        return measure.milliseconds([min(s) for (of, _), s in self.seconds.items() if of is mode])

    @property
    def recall(self) -> float:
        return self.found / self.wanted


async def _measured(
    together: str,
    alone: Mapping[str, str],
    corpora: Mapping[str, TenantCorpus],
    rounds: int,
) -> list[dict[str, Any]]:
    vectors = {query: each for corpus in corpora.values() for query, each in corpus.queries.items()}
    rows = []
    async with AsyncExitStack() as opened:
        shared = await opened.enter_async_context(_service(together, vectors))
        for share, corpus in corpora.items():
            own = await opened.enter_async_context(_service(alone[share], vectors))
            pair = (Variant(shared, corpus), Variant(own, replace(corpus, name="default")))
            await _take_turns(pair, rounds)
            rows += list(_rows(share, *pair))
    return rows


async def _take_turns(pair: Sequence[Variant], rounds: int) -> None:
    for _ in range(rounds):
        for query in pair[0].corpus.queries:
            for mode in Mode:
                for variant in pair:
                    await variant.search(query, mode)


def _rows(share: str, among: Variant, alone: Variant) -> Iterator[dict[str, Any]]:
    for mode in Mode:
        figures, baseline = among.figures(mode), alone.figures(mode)
        row: dict[str, Any] = {"name": f"{share}, {mode}", "chunks": among.corpus.size}
        if mode is Mode.SEMANTIC:
            row |= {"recall@10": among.recall, "recall alone": alone.recall}
        for percentile in ("p50_ms", "p95_ms"):
            row |= {percentile: figures[percentile], f"alone {percentile}": baseline[percentile]}
        yield row | {"ratio of p95": figures["p95_ms"] / baseline["p95_ms"]}


@asynccontextmanager
async def _service(url: str, vectors: Mapping[str, Floats]) -> AsyncIterator[SearchService]:
    database = AsyncDatabase(Settings(database_url=SecretStr(url)))
    await database.open()
    meter = ApiMeter()
    embeddings = QueryEmbeddings(
        QueryServers([_KnownVectors(vectors)]), _NoCache(), 5, len(vectors), meter
    )
    recent = RecentQueries(database, enabled=False)
    try:
        yield SearchService(
            database, embeddings, Reranking(None, 1, meter), _NoOrders(), recent, meter
        )
    finally:
        await database.close()


class _KnownVectors:
    """A model server's client that knows the vectors of the queries."""

    def __init__(self, vectors: Mapping[str, Floats]) -> None:
        self._vectors = {text: vector.tolist() for text, vector in vectors.items()}
        self._vectors[FINGERPRINT_TEXT] = tenant_database.FINGERPRINT

    async def embed_query(self, model: str, text: str, dimensions: int | None = None) -> Vector:  # noqa: ARG002 - the port's signature
        vector: Vector = self._vectors[text]
        return vector

    async def embed(
        self, model: str, texts: Sequence[str], dimensions: int | None = None
    ) -> Embeddings:
        return Embeddings([await self.embed_query(model, text, dimensions) for text in texts])

    async def digest(self, model: str) -> str:  # noqa: ARG002 - the port's signature
        return tenant_database.DIGEST


class _NoCache:
    async def get(self, key: bytes) -> Vector | None: ...

    async def put(self, key: bytes, vector: Vector) -> None: ...


class _NoOrders:
    """No search of the benchmark has a cursor."""

    async def reserve(self) -> bytes:
        return b""

    async def put(
        self, tenant: Tenant, id_: bytes, order: KeptOrder, hits: Sequence[KeptHit]
    ) -> None: ...

    async def get(
        self, tenant: Tenant, cursor: Cursor, limit: int
    ) -> tuple[KeptOrder, list[KeptHit]] | None: ...

"""Search services that keep orders, and a collection to search."""

from collections.abc import AsyncIterator

import pytest

from shared.adapters.redis.order_store import RedisOrderStore
from shared.config import Settings
from shared.db.kit.pool import AsyncDatabase
from shared.ports.meters import ApiMeter
from shared.services.documents.service import DocumentService
from shared.services.search.query_embeddings import QueryEmbeddings
from shared.services.search.query_servers import QueryServers
from shared.services.search.recent_queries import RecentQueries
from shared.services.search.reranking import Reranking
from shared.services.search.service import SearchService
from tests.services.search.kept_orders.orders import NUMBER, QUERY, Library, Start
from tests.services.search.test_query_embeddings import FakeCache, FakeQueryEmbedder
from tests.support.worker_harness import WorkerHarness, vector_of


@pytest.fixture
def embedder() -> FakeQueryEmbedder:
    embedder = FakeQueryEmbedder(vector=vector_of(QUERY), weights="sha256-of-weights")
    embedder.answering.set()
    return embedder


@pytest.fixture
async def stores() -> AsyncIterator[list[RedisOrderStore]]:
    stores: list[RedisOrderStore] = []
    yield stores
    for store in stores:
        await store.close()


@pytest.fixture
def start(embedder: FakeQueryEmbedder, stores: list[RedisOrderStore]) -> Start:
    """Return a function that starts the service of an API process."""

    def start(settings: Settings, database: AsyncDatabase) -> SearchService:
        stores.append(RedisOrderStore(settings))
        queries = QueryEmbeddings(QueryServers([embedder]), FakeCache(), 5, 1, ApiMeter())
        return SearchService(
            database,
            queries,
            Reranking(None, 1, ApiMeter()),
            stores[-1],
            RecentQueries(database, enabled=False),
            ApiMeter(),
        )

    return start


@pytest.fixture
def service(start: Start, settings: Settings, async_database: AsyncDatabase) -> SearchService:
    return start(settings, async_database)


@pytest.fixture
async def library(documents: DocumentService, harness: WorkerHarness) -> Library:
    library = Library(documents, harness)
    for _ in range(NUMBER):
        await library.add()
    await library.embed()
    return library

"""A search that is reranked lends its connection back first."""

from collections.abc import Sequence
from contextlib import AsyncExitStack

import pytest

from shared.adapters.redis.order_store import RedisOrderStore
from shared.config import Settings
from shared.db.kit.pool import AsyncDatabase
from shared.domain.search.request import Mode, SearchRequest
from shared.domain.search.reranking import Reranked
from shared.domain.search.scope import Scope
from shared.ports.meters import ApiMeter
from shared.services.documents.service import DocumentService
from shared.services.search.query_embeddings import QueryEmbeddings
from shared.services.search.query_servers import QueryServers
from shared.services.search.recent_queries import RecentQueries
from shared.services.search.reranking import Reranking
from shared.services.search.service import SearchService
from tests.services.search.test_query_embeddings import FakeCache, FakeQueryEmbedder
from tests.support.collections import named
from tests.support.worker_harness import new

pytestmark = pytest.mark.anyio


class AllConnections:
    """A reranker that needs every connection of the pool."""

    hits_max = batch_max = 20

    def __init__(self, database: AsyncDatabase, number: int) -> None:
        self._database = database
        self._number = number

    async def scores(self, query: str, texts: Sequence[str]) -> Sequence[float]:  # noqa: ARG002
        async with AsyncExitStack() as lent:
            for _ in range(self._number):
                await lent.enter_async_context(self._database.connection())
        return [1.0] * len(texts)


async def test_no_connection_is_held_while_the_reranker_works(
    documents: DocumentService, async_database: AsyncDatabase, settings: Settings
) -> None:
    await documents.create(new("a", "ink dries"))
    queries = QueryEmbeddings(QueryServers([FakeQueryEmbedder()]), FakeCache(), 1, 1, ApiMeter())
    reranker = AllConnections(async_database, settings.database_pool_size)
    reranking = Reranking(reranker, 30, ApiMeter())
    orders = RedisOrderStore(settings)
    recent = RecentQueries(async_database, enabled=False)
    service = SearchService(async_database, queries, reranking, orders, recent, ApiMeter())
    request = SearchRequest("ink", Scope(named("c")), Mode.TEXT, rerank=True)
    assert (await service.search(request)).reranked == Reranked(1, 1)

"""Searches of collections that have different models, and of one that changes its model."""

import asyncio

import pytest

from shared.adapters.redis.order_store import RedisOrderStore
from shared.config import Settings
from shared.db.kit.pool import AsyncDatabase, Database
from shared.db.models import embedding_models
from shared.domain.embedding.vectors import Vector
from shared.domain.errors import ModelsDiffer
from shared.domain.model_errors import ModelUnavailable
from shared.domain.models.identity import ModelIdentity
from shared.domain.reasons import UnavailableReason
from shared.domain.refs import DEFAULT_TENANT, DocumentRef
from shared.domain.search.request import Mode, SearchRequest, SearchResult, SimilarRequest
from shared.domain.search.scope import Scope
from shared.ports.meters import ApiMeter
from shared.services.documents.service import DocumentService
from shared.services.search.query_embeddings import QueryEmbeddings
from shared.services.search.query_servers import QueryServers
from shared.services.search.recent_queries import RecentQueries
from shared.services.search.reranking import Reranking
from shared.services.search.service import SearchService
from shared.services.search.similar import SimilarService
from tests.services.search.test_query_embeddings import FakeCache
from tests.support.collections import named
from tests.support.query_fakes import EmbedsQueries
from tests.support.worker_harness import WorkerHarness, new, vector_of

pytestmark = pytest.mark.anyio

OTHER = "other-model"


class QueryModels(EmbedsQueries):
    """Embeds as the workers' model does, but for the models that are away."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.away: set[str] = set()

    async def embed_query(self, model: str, text: str, dimensions: int | None = None) -> Vector:
        self.asked.append(model)
        if model in self.away:
            raise ModelUnavailable(UnavailableReason.MODEL_MISSING, "It is away.")
        return vector_of(text)[:dimensions]

    async def digest(self, model: str) -> str:  # noqa: ARG002
        return "sha256-of-weights"


@pytest.fixture
def queries() -> QueryModels:
    return QueryModels()


@pytest.fixture
async def service(
    async_database: AsyncDatabase, settings: Settings, queries: QueryModels
) -> SearchService:
    embeddings = QueryEmbeddings(QueryServers([queries]), FakeCache(), 5, 0, ApiMeter())
    reranking = Reranking(None, 1, ApiMeter())
    recent = RecentQueries(async_database, enabled=False)
    orders = RedisOrderStore(settings)
    return SearchService(async_database, embeddings, reranking, orders, recent, ApiMeter())


@pytest.fixture
async def stored(documents: DocumentService, harness: WorkerHarness, database: Database) -> None:
    """Two collections, `c` under the first model and `d` under another one."""
    await documents.put(new("a", "ink dries"))
    await harness.work()
    with database.connection() as connection:
        embedding_models.adopt(connection, ModelIdentity(OTHER, chunk_tokens=64))
    await documents.put(new("b", "paper waits", collection="d"))
    harness.servers._refresh_at = 0.0
    await harness.work()


async def found(service: SearchService, text: str, collection: str | None) -> SearchResult:
    within = named(collection) if collection else DEFAULT_TENANT
    return await service.search(SearchRequest(text, Scope(within), Mode.SEMANTIC))


@pytest.mark.usefixtures("stored")
async def test_each_collection_is_searched_by_its_own_model(
    service: SearchService, queries: QueryModels
) -> None:
    for collection, model, id_ in (("c", "all-minilm", "a"), ("d", OTHER, "b")):
        result = await found(service, "ink", collection)
        assert [hit.ref.id for hit in result.hits] == [id_]
        assert queries.asked.pop() == model


@pytest.mark.usefixtures("stored")
async def test_a_search_of_all_collections_asks_each_model_and_ranks_within_each(
    service: SearchService, queries: QueryModels
) -> None:
    for text, best in (("ink dries", "a"), ("paper waits", "b")):
        result = await found(service, text, None)
        assert {hit.ref.id for hit in result.hits} == {"a", "b"}
        similar = {hit.ref.id: hit.nearest and hit.nearest.similarity for hit in result.hits}
        assert similar[best] == pytest.approx(1, abs=1e-3)
        assert not result.degraded
    assert sorted(queries.asked) == ["all-minilm", "all-minilm", OTHER, OTHER]


@pytest.mark.usefixtures("stored")
async def test_a_model_that_is_away_degrades_its_collection_alone(
    service: SearchService, queries: QueryModels
) -> None:
    queries.away = {OTHER}
    assert [hit.ref.id for hit in (await found(service, "ink", "c")).hits] == ["a"]
    both = await found(service, "ink", None)
    assert (both.degraded, [hit.ref.id for hit in both.hits]) == (True, ["a"])
    with pytest.raises(ModelUnavailable):
        await found(service, "ink", "d")
    words = await service.search(SearchRequest("paper", Scope(named("d")), Mode.HYBRID))
    assert (words.degraded, [hit.ref.id for hit in words.hits]) == (True, ["b"])


@pytest.mark.usefixtures("stored")
async def test_a_search_with_a_vector_of_the_former_model_is_repeated(
    service: SearchService,
    queries: QueryModels,
    database: Database,
    documents: DocumentService,
    harness: WorkerHarness,
) -> None:
    await found(service, "ink", "c")  # the service remembers the model for a second
    with database.connection() as connection:
        connection.execute(
            "UPDATE collections SET previous_model_id = active_model_id, active_model_id ="
            f" (SELECT id FROM embedding_models WHERE name = '{OTHER}') WHERE name = 'c'"
        )
    await documents.put(new("a", "ink is dry"))
    await asyncio.sleep(0)
    await harness.work()
    queries.asked.clear()
    result = await found(service, "ink is dry", "c")
    assert queries.asked == ["all-minilm", OTHER]
    assert [hit.ref.id for hit in result.hits] == ["a"]
    assert result.hits[0].nearest is not None
    assert result.hits[0].nearest.similarity == pytest.approx(1, abs=1e-3)


@pytest.mark.usefixtures("stored")
async def test_similar_documents_are_those_of_the_same_model(
    async_database: AsyncDatabase, documents: DocumentService, harness: WorkerHarness
) -> None:
    await documents.put(new("copy", "ink"))
    await harness.work()
    service, ref = SimilarService(async_database), DocumentRef(named("c"), "a")
    anywhere = await service.similar(SimilarRequest(ref, Scope(DEFAULT_TENANT)))
    assert [hit.ref.id for hit in anywhere.hits] == ["copy"]
    with pytest.raises(ModelsDiffer, match="different embedding models"):
        await service.similar(SimilarRequest(ref, Scope(named("d"))))

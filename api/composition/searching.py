"""Builds what searches: embedded queries, reranking, and a search for each database."""

from collections.abc import Coroutine, Sequence
from typing import Any

from opentelemetry.trace import Tracer

from api.composition.connections import Connections
from shared.adapters.observability.instrumented_embedder import InstrumentedQueryEmbedder
from shared.config import Settings
from shared.db.kit.pool import AsyncDatabase
from shared.domain.embedding.throughput import RequestLimits
from shared.ports.meters import ApiMeter
from shared.services.answers.similarity_floor import SimilarityFloors
from shared.services.migrations.rehearsal import Rehearsal
from shared.services.search.query_embeddings import QueryEmbeddings
from shared.services.search.query_servers import QueryServers
from shared.services.search.recent_queries import RecentQueries
from shared.services.search.replicated import ReplicatedSearch
from shared.services.search.reranking import Reranking
from shared.services.search.service import SearchService
from shared.services.search.text_embeddings import TextEmbeddings


class Searching:
    """The services that embed queries and that search."""

    def __init__(
        self, settings: Settings, connections: Connections, tracer: Tracer, meter: ApiMeter
    ) -> None:
        self._connections = connections
        self._meter = meter
        self._queries = _query_embeddings(settings, connections, tracer, meter)
        self._recent = RecentQueries(connections.database, enabled=bool(settings.recent_queries))
        self._reranking = Reranking(connections.reranker, settings.rerank_seconds, meter)
        self.search = ReplicatedSearch(
            connections.database, connections.replicas, self._search_on, meter
        )
        self.floors = SimilarityFloors(connections.database, self._queries)
        self.embeddings = TextEmbeddings(
            connections.database, self._queries, _request_limits(settings)
        )

    def works(self) -> Sequence[Coroutine[Any, Any, None]]:
        """Return what runs beside the requests."""
        rehearsal = Rehearsal(self._connections.database, self._queries)
        return [*self._connections.replicas.watches(), self._recent.run(), rehearsal.run()]

    def _search_on(self, database: AsyncDatabase) -> SearchService:
        return SearchService(
            database,
            self._queries,
            self._reranking,
            self._connections.orders,
            self._recent,
            self._meter,
        )


def _query_embeddings(
    settings: Settings, connections: Connections, tracer: Tracer, meter: ApiMeter
) -> QueryEmbeddings:
    embedders = connections.query_embedders
    servers = QueryServers([InstrumentedQueryEmbedder(each, tracer) for each in embedders])
    return QueryEmbeddings(
        servers,
        connections.query_cache,
        settings.query_embed_budget_seconds,
        settings.query_cache_entries,
        meter,
    )


def _request_limits(settings: Settings) -> RequestLimits:
    return RequestLimits(
        settings.embed_request_seconds,
        settings.embed_request_max_texts,
        settings.embed_request_max_tokens,
    )

"""Search by meaning, by words, or by both. A search served by words alone says so."""

import time
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from functools import partial

from shared.db.kit.pool import AsyncConnection, AsyncDatabase
from shared.db.search import facets, search
from shared.db.search.search import SearchMemory
from shared.domain.model_errors import ModelSwitched, ModelUnavailable, TextRejected
from shared.domain.models.embedding_model import EmbeddingModel
from shared.domain.reasons import UnavailableReason
from shared.domain.search.kept_order import START
from shared.domain.search.query import HitPage, Query, QueryVector, Total
from shared.domain.search.query_syntax import ParsedQuery, parse_query
from shared.domain.search.relevance import SimilarityScale, relevances
from shared.domain.search.request import Mode, QueryEmbedding, SearchRequest, SearchResult
from shared.domain.search.snippets.near_words import NearWords
from shared.ports.meters import ApiMeter
from shared.ports.order_store import OrderStore
from shared.services.search.active_models import ActiveModels, Models
from shared.services.search.kept_orders import KeptOrders, Noted
from shared.services.search.locations import located
from shared.services.search.query_embeddings import NOT_ANSWERING, QueryEmbeddings
from shared.services.search.recent_queries import RecentQueries
from shared.services.search.reranking import Reranking
from shared.services.search.similarity_scales import SimilarityScales
from shared.services.search.snippets import computed, quoted

SHORT_QUERY_CHARACTERS = 500
"""A longer query has many words to look up."""


@dataclass(frozen=True, slots=True)
class QueryVectors:
    """The vectors of a query, and the models that have none."""

    found: Sequence[QueryVector] = ()
    absent: Sequence[int] = ()

    @property
    def first(self) -> QueryVector | None:
        return self.found[0] if self.found else None


class SearchService:
    """Answers searches. It embeds the query and never a document."""

    def __init__(
        self,
        database: AsyncDatabase,
        query_embeddings: QueryEmbeddings,
        reranking: Reranking,
        orders: OrderStore,
        recent_queries: RecentQueries,
        meter: ApiMeter,
    ) -> None:
        self._database = database
        self._query_embeddings = query_embeddings
        self._reranking = reranking
        self._recent_queries = recent_queries
        self._meter = meter
        self._memory = SearchMemory()
        self._scales = SimilarityScales()
        self._orders = KeptOrders(database, orders, self._scales)
        self._models = ActiveModels(database)

    async def search(self, request: SearchRequest) -> SearchResult:
        """Return the best documents.

        If the model server fails, a hybrid search is served by words and says so. A semantic
        search raises ModelUnavailable.
        """
        if request.rerank:
            self._reranking.require()
        started = time.perf_counter()
        result = SearchResult(request)
        if request.cursor is None or request.cursor == START:
            found, scale = await self._first_page(result)
        else:
            found, scale = await self._orders.further_page(request.cursor, result)
        result.page, result.scale = found, scale
        result.hits, result.total = found.hits, _total(request, found)
        result.near = near = result.near or NearWords(found)
        judge = partial(relevances, near=near, scale=scale, query=request.query)
        result.relevances = await computed(found, judge)
        result.quotations = await quoted(found, near)
        result.locations = await located(self._database, found, result.quotations)
        result.total_ms = (time.perf_counter() - started) * 1000
        if not request.only_counts:
            self._measure(result)
        return result

    async def _first_page(self, result: SearchResult) -> tuple[HitPage, SimilarityScale | None]:
        """Search. If the collection changes its model meanwhile, search again by the new one."""
        while True:
            try:
                return await self._search(result)
            except ModelSwitched:
                self._models.forget(result.request.scope.within)

    async def _search(self, result: SearchResult) -> tuple[HitPage, SimilarityScale | None]:
        request = result.request
        result.degraded, result.query_embedding = False, QueryEmbedding.NONE
        order_id = await self._orders.reserve() if request.cursor else b""
        started = time.perf_counter()
        parsed = parse_query(request.query)
        self._recent_queries.count(request, parsed.text)
        vectors = await self._vectors(parsed.text, result)
        result.vectors = vectors.found
        embedded = time.perf_counter()
        query = _query(request, parsed, vectors)
        wanted = self._reranking.widened(query) if request.rerank else query
        found, scale, noted = await self._find(wanted, result)
        ended = time.perf_counter()
        result.embed_ms = (embedded - started) * 1000
        result.query_ms = (ended - embedded) * 1000
        if request.rerank:
            found = await self._rerank(query, found, result)
        if noted is not None:
            await self._orders.keep(order_id, noted, query, found, result)
        return found, scale

    async def _find(
        self, query: Query, result: SearchResult
    ) -> tuple[HitPage, SimilarityScale | None, Noted | None]:
        """Return the page of hits, the scale of the model's similarities, and what to keep."""
        request, scale, noted = result.request, None, None
        find = search.search_all if request.cursor else search.search
        async with self._connection_for(request) as connection:
            if request.refine:
                query = await search.refine(connection, query, request.scope, self._memory)
            found = await find(connection, query, request.scope, self._memory)
            if query.vector is not None and not query.others:
                scale = await self._scales.get(connection, query.vector.model_id)
            if request.facets:
                result.facets = await facets.count(connection, request.scope, request.facets)
            if request.cursor:
                noted = await self._orders.noted(connection, query, found)
        return found, scale, noted

    async def _rerank(self, query: Query, found: HitPage, result: SearchResult) -> HitPage:
        started = time.perf_counter()
        result.near = NearWords(found)
        page, result.reranked = await self._reranking.rerank(query, found, result.near)
        result.rerank_ms = (time.perf_counter() - started) * 1000
        return page

    def _connection_for(
        self, request: SearchRequest
    ) -> AbstractAsyncContextManager[AsyncConnection]:
        database, tenant = self._database, request.scope.tenant
        if request.cursor:
            return database.costly_snapshot(tenant)
        is_long = len(request.query) > SHORT_QUERY_CHARACTERS
        is_costly = is_long or request.facets or request.is_grouped
        return database.costly_connection(tenant) if is_costly else database.connection()

    def _measure(self, result: SearchResult) -> None:
        milliseconds = {"query": result.query_ms, "total": result.total_ms}
        if result.request.mode is not Mode.TEXT and result.embed_ms:
            milliseconds["embed"] = result.embed_ms
        if result.request.rerank:
            milliseconds["rerank"] = result.rerank_ms
        seconds = {part: each / 1000 for part, each in milliseconds.items()}
        self._meter.search_answered(result.request.mode, seconds, degraded=result.degraded)

    async def _vectors(self, text: str, result: SearchResult) -> QueryVectors:
        """Return the query's vector of each model. A search of one collection needs only one.

        The models that fail are left out, and the search says that it is degraded.
        """
        found, absent = [], []
        if not result.request.compares_meanings:
            return QueryVectors()
        for model in await self._active(result):
            try:
                found.append(await self._embed(model, text, result))
            except ModelUnavailable:
                if result.request.mode is Mode.SEMANTIC and result.request.scope.collection:
                    raise
                result.degraded = True
                absent.append(model.id)
        if not found and result.request.mode is Mode.SEMANTIC:
            raise ModelUnavailable(UnavailableReason.UNREACHABLE, NOT_ANSWERING)
        return QueryVectors(found, absent)

    async def _active(self, result: SearchResult) -> Models:
        try:
            return await self._models.get(result.request.scope.within)
        except ModelUnavailable:
            if result.request.mode is Mode.SEMANTIC:
                raise
            result.degraded = True
            return ()

    async def _embed(self, model: EmbeddingModel, query: str, result: SearchResult) -> QueryVector:
        try:
            vector, cached = await self._query_embeddings.get(model, query)
        except TextRejected as error:
            raise ModelUnavailable(UnavailableReason.BAD_ANSWER, str(error)) from error
        if len(vector) != model.dimensions:
            raise ModelUnavailable(
                UnavailableReason.MODEL_CHANGED, "The model server now serves another model."
            )
        result.query_embedding = QueryEmbedding.CACHED if cached else QueryEmbedding.COMPUTED
        return QueryVector(model.id, len(vector), vector)


def _total(request: SearchRequest, found: HitPage) -> Total:
    """Return how many documents were found. Without the query's vector there may be more."""
    is_partial = request.only_counts and request.mode is not Mode.TEXT
    return replace(found.total, is_exact=False) if is_partial else found.total


def _query(request: SearchRequest, parsed: ParsedQuery, vectors: QueryVectors) -> Query:
    return Query(
        parsed.text,
        vectors.first,
        by_words=request.mode is not Mode.SEMANTIC or request.only_counts,
        limit=request.limit,
        offset=request.offset,
        syntax=parsed,
        min_similarity=request.min_similarity,
        is_grouped=request.is_grouped,
        others=vectors.found[1:],
        absent=vectors.absent,
    )

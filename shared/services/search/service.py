"""Search: by meaning, by words or by both, and honest when it can only do one."""

import html
import time

from shared.db.kit.pool import AsyncDatabase
from shared.db.models import embedding_models
from shared.db.search import search
from shared.domain.errors import ModelUnavailable, TextRejected
from shared.domain.models.embedding_model import EmbeddingModel
from shared.domain.search.query import Found, Hit, Query, QueryVector
from shared.domain.search.request import Mode, QueryEmbedding, SearchRequest, SearchResult
from shared.domain.search.unsegmented_scripts import mark_unsegmented
from shared.services.search.query_embeddings import QueryEmbeddings

MODEL_KNOWN_SECONDS = 1.0


class SearchService:
    """Answers searches; embeds the query and never a document."""

    def __init__(self, database: AsyncDatabase, query_embeddings: QueryEmbeddings) -> None:
        self._database = database
        self._query_embeddings = query_embeddings
        self._known_model: EmbeddingModel | None = None
        self._known_until = 0.0

    async def search(self, request: SearchRequest) -> SearchResult:
        """Return the best documents.

        Without the model server, hybrid mode is served by text and says so; semantic mode
        raises ModelUnavailable.
        """
        started = time.perf_counter()
        result = SearchResult(request)
        vector = await self._vector(request, result)
        embedded = time.perf_counter()
        by_words = request.mode is not Mode.SEMANTIC
        query = Query(request.query, vector, by_words, request.limit, request.offset)
        async with self._database.connection() as connection:
            found = await search.search(connection, query, request.scope)
        ended = time.perf_counter()
        result.hits = found.hits
        result.snippets = [_marked(hit, found, request.query) for hit in found.hits]
        result.embed_ms = (embedded - started) * 1000
        result.query_ms = (ended - embedded) * 1000
        result.total_ms = (time.perf_counter() - started) * 1000
        return result

    async def _vector(self, request: SearchRequest, result: SearchResult) -> QueryVector | None:
        if request.mode is Mode.TEXT:
            return None
        try:
            model = await self._model()
            vector, known = await self._query_embeddings.get(model, request.query)
            _require_dimensions(model, len(vector))
        except (ModelUnavailable, TextRejected) as error:
            if request.mode is Mode.SEMANTIC:
                raise ModelUnavailable("model_unavailable", str(error)) from error
            result.degraded = True
            return None
        result.query_embedding = QueryEmbedding.CACHED if known else QueryEmbedding.COMPUTED
        return QueryVector(model.id, len(vector), vector)

    async def _model(self) -> EmbeddingModel:
        """Return the active model, read once in a while: it seldom changes, searches are many."""
        if self._known_model is None or time.monotonic() > self._known_until:
            async with self._database.connection() as connection:
                self._known_model = await embedding_models.active_async(connection)
            self._known_until = time.monotonic() + MODEL_KNOWN_SECONDS
        model = self._known_model
        if model is None or model.dimensions is None:
            self._known_model = None
            raise ModelUnavailable("model_missing", "No worker has reached the model server yet.")
        return model


def _require_dimensions(model: EmbeddingModel, dimensions: int) -> None:
    if dimensions != model.dimensions:
        raise ModelUnavailable("model_changed", "The model server serves another model now.")


def _marked(hit: Hit, found: Found, query: str) -> str:
    """Return the snippet as HTML in which only <mark> is markup."""
    marked = mark_unsegmented(hit.snippet, query, found.mark_start, found.mark_end)
    escaped = html.escape(marked)
    start, end = html.escape(found.mark_start), html.escape(found.mark_end)
    return escaped.replace(start, "<mark>").replace(end, "</mark>")

"""Documents like a given one, by stored vectors alone: those that the same model has embedded."""

from collections.abc import Sequence
from dataclasses import replace

from shared.db.kit.pool import AsyncDatabase
from shared.db.models import embedding_models
from shared.db.search import document_vectors, search
from shared.db.search.search import SearchMemory
from shared.domain.errors import ModelsDiffer
from shared.domain.model_errors import ModelSwitched
from shared.domain.models.embedding_model import EmbeddingModel
from shared.domain.search.query import Query, QueryVector
from shared.domain.search.relevance import relevances
from shared.domain.search.request import SimilarRequest, SimilarResult
from shared.domain.search.snippets.near_words import NearWords
from shared.services.search.locations import located
from shared.services.search.similarity_scales import SimilarityScales
from shared.services.search.snippets import quoted


class SimilarService:
    """Finds the documents whose chunks are nearest to the mean of a document's chunks."""

    def __init__(self, database: AsyncDatabase) -> None:
        self._database = database
        self._memory = SearchMemory()
        self._scales = SimilarityScales()

    async def similar(self, request: SimilarRequest) -> SimilarResult:
        """Return the most similar documents.

        Raises DocumentNotFound, DocumentNotReady and ModelsDiffer.
        """
        while True:
            try:
                return await self._similar(request)
            except ModelSwitched:
                continue  # the document's vector is read again, under the new model

    async def _similar(self, request: SimilarRequest) -> SimilarResult:
        async with self._database.connection() as connection:
            active = await embedding_models.active_async(connection, request.scope.within)
            document = await document_vectors.read(connection, request.ref, request.visible)
            query = Query(
                "",
                document.query,
                by_words=False,
                limit=request.limit,
                offset=request.offset,
                absent=_others(document.query, active, request),
            )
            scope = replace(request.scope, excluded_key=document.key)
            found = await search.search(connection, query, scope, self._memory)
            scale = await self._scales.get(connection, document.query.model_id)
        near = NearWords(found)
        levels = relevances(found, near, scale)
        quotations = await quoted(found, near)
        locations = await located(self._database, found, quotations)
        return SimilarResult(found.hits, quotations, levels, locations, found.total)


def _others(
    vector: QueryVector, active: Sequence[EmbeddingModel], request: SimilarRequest
) -> list[int]:
    """Return the other models of the scope, whose vectors cannot be compared with this one.

    Raises ModelSwitched if the document's collection changes its model just now, and ModelsDiffer
    if another collection has another model.
    """
    ids = [model.id for model in active]
    if vector.model_id in ids or not ids:
        return [id_ for id_ in ids if id_ != vector.model_id]
    target = request.scope.collection
    if target is None or target == request.ref.collection:
        raise ModelSwitched
    raise ModelsDiffer(request.ref.collection, target)

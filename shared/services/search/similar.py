"""Documents like a given one, by stored vectors alone."""

from dataclasses import replace

from shared.db.kit.pool import AsyncDatabase
from shared.db.search import document_vectors, search
from shared.db.search.search import SearchMemory
from shared.domain.model_errors import ModelSwitched
from shared.domain.search.query import Query
from shared.domain.search.relevance import relevances
from shared.domain.search.request import SimilarRequest, SimilarResult
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
        """Return the most similar documents; raises DocumentNotFound and DocumentNotReady."""
        while True:
            try:
                return await self._similar(request)
            except ModelSwitched:
                continue  # the document's vector is read again, under the new model

    async def _similar(self, request: SimilarRequest) -> SimilarResult:
        async with self._database.connection() as connection:
            document = await document_vectors.read(connection, request.ref, request.visible)
            query = Query(
                "", document.query, by_words=False, limit=request.limit, offset=request.offset
            )
            scope = replace(request.scope, excluded_key=document.key)
            found = await search.search(connection, query, scope, self._memory)
            scale = await self._scales.get(connection, document.query.model_id)
        levels = relevances(found, scale)
        quotations = await quoted(found)
        locations = await located(self._database, found, quotations)
        return SimilarResult(found.hits, quotations, levels, locations, found.total)

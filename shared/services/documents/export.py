"""Exports the documents of a collection in parts, each read in a short transaction."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field

from shared.db.documents import export_documents
from shared.db.embedding import export_vectors
from shared.db.kit.pool import AsyncDatabase
from shared.db.models import embedding_models
from shared.domain.documents.exported import ExportedDocument
from shared.domain.documents.filters import Filter
from shared.domain.embedding.exported_chunks import ExportedChunk
from shared.domain.models.embedding_model import EmbeddingModel
from shared.domain.refs import Collection


@dataclass(frozen=True, slots=True)
class Export:
    """What is exported: the documents after a key that meet all filters, with their vectors or not.

    No two parts are of the same moment.
    """

    collection: Collection
    filters: Sequence[Filter]
    after: int
    with_vectors: bool


@dataclass(frozen=True, slots=True)
class Part:
    """Documents, and the chunks of those that are embedded, by their keys."""

    documents: Sequence[ExportedDocument]
    model: EmbeddingModel | None = None
    chunks: Mapping[int, Sequence[ExportedChunk]] = field(default_factory=dict)


class ExportService:
    """Holds neither a transaction nor a connection while the client reads."""

    def __init__(self, database: AsyncDatabase) -> None:
        self._database = database

    async def parts(self, export: Export) -> AsyncIterator[Part]:
        """Yield the parts. Documents that come meanwhile may be in the last ones.

        Raises DatabaseUnavailable and TooBusy.
        """
        after = export.after
        while (part := await self._part(export, after)).documents:
            yield part
            after = part.documents[-1].key

    async def _part(self, export: Export, after: int) -> Part:
        collection = export.collection
        async with self._database.costly_snapshot(collection.tenant) as connection:
            documents = await export_documents.part(connection, collection, export.filters, after)
            if not (documents and export.with_vectors):
                return Part(documents)
            models = await embedding_models.active_async(connection, collection)
            if not models or models[0].fingerprint is None:
                return Part(documents)
            hashes = {each.key: each.content_hash for each in documents}
            chunks = await export_vectors.chunks_of(connection, models[0].id, hashes)
            return Part(documents, models[0], chunks)

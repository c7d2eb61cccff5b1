"""The chunks of a document."""

from collections.abc import Sequence

from shared.db.documents import document_chunks
from shared.db.kit.pool import AsyncDatabase
from shared.domain.documents.chunks import DocumentChunks
from shared.domain.documents.filters import Filter
from shared.domain.errors import DocumentNotFound
from shared.domain.refs import DocumentRef


class ChunkService:
    """Reads the chunks of documents."""

    def __init__(self, database: AsyncDatabase) -> None:
        self._database = database

    async def get(self, ref: DocumentRef, visible: Sequence[Filter]) -> DocumentChunks:
        """Return the chunks of a document; raises DocumentNotFound."""
        async with self._database.snapshot() as connection:
            found = await document_chunks.read(connection, ref, visible)
        if found is None:
            raise DocumentNotFound(ref)
        return found

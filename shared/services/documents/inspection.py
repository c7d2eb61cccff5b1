"""What is known of a document besides its text: its way to `ready`, and its chunks."""

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from shared.db.documents import document_chunks, timelines
from shared.db.kit.pool import AsyncConnection, AsyncDatabase
from shared.domain.documents.chunks import DocumentChunks
from shared.domain.documents.filters import Filter
from shared.domain.documents.timeline import Timeline
from shared.domain.errors import DocumentNotFound
from shared.domain.refs import DocumentRef

T = TypeVar("T")

Read = Callable[[AsyncConnection, DocumentRef, Sequence[Filter]], Awaitable[T | None]]


class DocumentInspection:
    """Reads timelines and chunks."""

    def __init__(self, database: AsyncDatabase) -> None:
        self._database = database

    async def timeline(self, ref: DocumentRef, visible: Sequence[Filter]) -> Timeline:
        """Return the timeline of a document; raises DocumentNotFound."""
        return await self._read(timelines.read, ref, visible)

    async def chunks(self, ref: DocumentRef, visible: Sequence[Filter]) -> DocumentChunks:
        """Return the chunks of a document; raises DocumentNotFound."""
        return await self._read(document_chunks.read, ref, visible)

    async def _read(self, read: Read[T], ref: DocumentRef, visible: Sequence[Filter]) -> T:
        async with self._database.snapshot() as connection:
            found = await read(connection, ref, visible)
        if found is None:
            raise DocumentNotFound(ref)
        return found

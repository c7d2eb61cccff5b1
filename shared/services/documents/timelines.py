"""A document's way from its write to `ready`."""

from collections.abc import Sequence

from shared.db.documents import timelines
from shared.db.kit.pool import AsyncDatabase
from shared.domain.documents.filters import Filter
from shared.domain.documents.timeline import Timeline
from shared.domain.errors import DocumentNotFound
from shared.domain.refs import DocumentRef


class TimelineService:
    """Reads timelines."""

    def __init__(self, database: AsyncDatabase) -> None:
        self._database = database

    async def get(self, ref: DocumentRef, visible: Sequence[Filter]) -> Timeline:
        """Return the timeline of a document; raises DocumentNotFound."""
        async with self._database.snapshot() as connection:
            found = await timelines.read(connection, ref, visible)
        if found is None:
            raise DocumentNotFound(ref)
        return found

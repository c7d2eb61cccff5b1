"""The readers of one tenant's events."""

import asyncio
from collections.abc import AsyncIterator, Sequence

from shared.db.documents import read_documents
from shared.db.events import events
from shared.db.kit.pool import AsyncDatabase
from shared.domain.events.event import Bounds, Event, Position
from shared.domain.refs import Tenant
from shared.services.events.subscribers import News, Notice, Reader, Subscriber
from shared.services.operations.cached_probe import CachedProbe

BATCH = 500


class Audience:
    """Reads what only one tenant's subscribers need. No two statements of a tenant run at once."""

    def __init__(self, database: AsyncDatabase, tenant: Tenant) -> None:
        self._database = database
        self._tenant = tenant
        self._turn = asyncio.Lock()
        self.subscribers: set[Subscriber] = set()
        self.bounds = CachedProbe(self._bounds, every_seconds=0.0)

    def hand_over(self, news: News) -> None:
        for subscriber in self.subscribers:
            subscriber.hand_over(news)

    async def stored(
        self, subscriber: Subscriber, position: Position
    ) -> AsyncIterator[Sequence[Event]]:
        """Yield the tenant's stored events after a position."""
        more = True
        while more and not subscriber.is_ended:
            async with self._turn, self._database.connection() as connection:
                batch = await events.of_tenant(connection, self._tenant, position, BATCH)
            if batch:
                yield batch
                position = batch[-1].position
            more = len(batch) == BATCH

    async def seen(
        self, reader: Reader, news: News | None, last: Position
    ) -> Sequence[Event | Notice | None]:
        """Return what the reader is sent of the news after `last`. None says that it was quiet."""
        if news is None:
            return [None]
        if isinstance(news, Notice):
            return [news] if reader.sees(news) else []
        return await self.visible(reader, [each for each in news if each.position > last])

    async def visible(self, reader: Reader, batch: Sequence[Event]) -> Sequence[Event]:
        """Return the events of documents that the reader may read.

        For a reader with a filter, that is decided by the document as it is now. So it learns
        nothing of one that was deleted, or that does not meet the filter any more.
        """
        named = reader.named(batch)
        if not named or not reader.principal.filter:
            return named
        refs = list({event.ref for event in named})
        async with self._turn, self._database.connection() as connection:
            met = await read_documents.meeting(connection, refs, reader.principal.filter)
        return [event for event in named if event.ref in met]

    async def _bounds(self) -> Bounds:
        async with self._database.connection() as connection:
            return await events.bounds(connection, self._tenant)

"""Tells those who wait for documents when they are settled: ready, failed or gone."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager

from shared.db.documents import documents
from shared.db.kit.pool import AsyncDatabase
from shared.domain.errors import DatabaseUnavailable
from shared.services.events.event_feed import EventFeed

READ_EVERY_SECONDS = 1.0
"""A change can also happen unheard, while the listener reconnects."""

Key = tuple[str, str]
"""A document's collection and id."""


class DocumentWaiter:
    """Looks after each change at all that is waited for, in one query however many wait."""

    def __init__(self, database: AsyncDatabase, changes: EventFeed) -> None:
        self._database = database
        self._changes = changes
        self._awaited: dict[Key, set[asyncio.Future[None]]] = {}
        self._watch: asyncio.Task[None] | None = None

    @contextmanager
    def awaited(self, collection: str, id_: str) -> Iterator[asyncio.Future[None]]:
        """Give a future that is done when a document settles after now, or nobody can tell."""
        key, future = (collection, id_), asyncio.get_running_loop().create_future()
        self._awaited.setdefault(key, set()).add(future)
        if self._watch is None or self._watch.done():
            self._watch = asyncio.create_task(self._watch_all())
        try:
            yield future
        finally:
            self._forget(key, future)

    def _forget(self, key: Key, future: asyncio.Future[None]) -> None:
        futures = self._awaited.get(key, set())
        futures.discard(future)
        if not futures:
            self._awaited.pop(key, None)

    async def _watch_all(self) -> None:
        changed = self._changes.next()
        while self._awaited:
            await asyncio.wait([changed], timeout=READ_EVERY_SECONDS)
            changed = self._changes.next()  # before looking: what comes meanwhile is looked at too
            started = time.monotonic()
            for key in await self._settled(list(self._awaited)):
                for future in self._awaited.pop(key, set()):
                    future.set_result(None)
            # Of many it takes a while: then it is done half of the time at most.
            await asyncio.sleep(time.monotonic() - started)

    async def _settled(self, keys: list[Key]) -> list[Key]:
        try:
            async with self._database.connection() as connection:
                return await documents.settled(connection, keys)
        except DatabaseUnavailable:
            return keys

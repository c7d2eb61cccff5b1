"""Notifies clients that wait for a document as soon as it is ready, failed or deleted."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

from shared.db.documents import read_documents
from shared.db.kit.pool import AsyncDatabase
from shared.domain.database_errors import DatabaseUnavailable
from shared.domain.documents.document import Document, Status
from shared.domain.refs import DocumentRef
from shared.services.events.event_feed import EventFeed

READ_EVERY_SECONDS = 1.0
"""Notifications can be missed while the listener reconnects."""


class DocumentWaiter:
    """After each notification, checks all awaited documents in one query."""

    def __init__(self, database: AsyncDatabase, events: EventFeed) -> None:
        self._database = database
        self._events = events
        self._awaited: dict[DocumentRef, set[asyncio.Future[None]]] = {}
        self._watch: asyncio.Task[None] | None = None

    async def wait(
        self,
        ref: DocumentRef,
        seconds: float,
        ended: asyncio.Future[None],
        read: Callable[[], Awaitable[Document]],
    ) -> Document:
        """Read the document once it is no longer pending, after `seconds`, or when `ended`."""
        deadline = time.monotonic() + seconds
        while not ended.done():
            with self.awaited(ref) as settled:
                document = await read()
                left = deadline - time.monotonic()
                if document.status is not Status.PENDING or left <= 0:
                    return document
                await asyncio.wait(
                    [settled, ended], timeout=left, return_when=asyncio.FIRST_COMPLETED
                )
        return await read()

    @contextmanager
    def awaited(self, ref: DocumentRef) -> Iterator[asyncio.Future[None]]:
        """Give a future that is done when the document is no longer pending.

        It is also done when PostgreSQL does not answer.
        """
        future = asyncio.get_running_loop().create_future()
        self._awaited.setdefault(ref, set()).add(future)
        if self._watch is None or self._watch.done():
            self._watch = asyncio.create_task(self._watch_all())
        try:
            yield future
        finally:
            self._forget(ref, future)

    def _forget(self, ref: DocumentRef, future: asyncio.Future[None]) -> None:
        futures = self._awaited.get(ref, set())
        futures.discard(future)
        if not futures:
            self._awaited.pop(ref, None)

    async def _watch_all(self) -> None:
        changed = self._events.next_change()
        while self._awaited:
            await asyncio.wait([changed], timeout=READ_EVERY_SECONDS)
            changed = self._events.next_change()  # first, so that no later change is missed
            started = time.monotonic()
            for ref in await self._settled(list(self._awaited)):
                for future in self._awaited.pop(ref, set()):
                    future.set_result(None)
            # A query for many documents takes a while. It runs at most half of the time.
            await asyncio.sleep(time.monotonic() - started)

    async def _settled(self, refs: list[DocumentRef]) -> list[DocumentRef]:
        try:
            async with self._database.connection() as connection:
                return await read_documents.settled(connection, refs)
        except DatabaseUnavailable:
            return refs

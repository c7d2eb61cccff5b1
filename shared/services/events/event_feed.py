"""The feed of changes: one listener a process, heard by all who wait or watch."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import psycopg
import structlog

from shared.config import Settings
from shared.db.embedding.jobs import CHANGED
from shared.db.events import events
from shared.db.kit.pool import AsyncConnection, AsyncDatabase, connection_options
from shared.domain.errors import DatabaseUnavailable
from shared.domain.events.event import Event, Position

log = structlog.get_logger()

POLL_SECONDS = 0.25
RECONNECT_SECONDS = 0.5
BATCH = 500
SUBSCRIBER_BACKLOG = 2000
QUIET_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class Subscription:
    """What happens after `start`; None comes when nothing happened for QUIET_SECONDS."""

    start: Position
    events: AsyncIterator[Event | None]


class EventFeed:
    """Hears the database's notifications and reads its events for whoever subscribes."""

    def __init__(self, settings: Settings, database: AsyncDatabase) -> None:
        self._settings = settings
        self._database = database
        self._next: asyncio.Future[None] | None = None
        self._subscribers: set[asyncio.Queue[Event]] = set()
        self._position: Position | None = None

    @property
    def listeners(self) -> int:
        """How many listen now."""
        return len(self._subscribers)

    def next(self) -> asyncio.Future[None]:
        """Return a future that is done when a worker has made documents ready or failed."""
        if self._next is None or self._next.done():
            self._next = asyncio.get_running_loop().create_future()
        return self._next

    async def run(self) -> None:
        """Listen until cancelled, reconnecting for as long as it takes."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._listen())
            tasks.create_task(self._publish())

    @asynccontextmanager
    async def subscribe(self, after: Position | None) -> AsyncIterator[Subscription]:
        """Give the events from now on, preceded by those since `after`.

        The stream ends when its reader falls too far behind; it can resume where it was.
        Raises DatabaseUnavailable.
        """
        queue: asyncio.Queue[Event] = asyncio.Queue(SUBSCRIBER_BACKLOG)
        async with self._database.connection() as connection:
            end = await events.end(connection)
        self._position = self._position or end
        self._subscribers.add(queue)
        try:
            # A place beyond the end is of another database: a listener there would hear nothing.
            start = min(after or end, end)
            yield Subscription(start, self._stream(queue, start))
        finally:
            self._subscribers.discard(queue)

    async def _stream(
        self, queue: asyncio.Queue[Event], after: Position
    ) -> AsyncIterator[Event | None]:
        """Yield what is stored since `after`, then what is handed to the queue and not yet seen."""
        last, more = after, True
        while more:
            async with self._database.connection() as connection:
                missed = await events.after(connection, last, BATCH)
            for event in missed:
                yield event
                last = event.position
            more = len(missed) == BATCH
        while queue in self._subscribers or not queue.empty():
            try:
                # Not wait_for, which makes a task of each turn: there are many listeners.
                async with asyncio.timeout(QUIET_SECONDS):
                    event = await queue.get()
            except TimeoutError:
                yield None
                continue
            if event.position > last:
                yield event

    async def _listen(self) -> None:
        while True:
            with contextlib.suppress(psycopg.Error, OSError):
                options = connection_options(self._settings)
                connection = await psycopg.AsyncConnection.connect(**options)
                async with connection:
                    await self._hear(connection)
            await asyncio.sleep(RECONNECT_SECONDS)

    async def _hear(self, connection: AsyncConnection) -> None:
        await connection.execute(f"LISTEN {CHANGED}")
        async for _ in connection.notifies():
            if self._next is not None and not self._next.done():
                self._next.set_result(None)

    async def _publish(self) -> None:
        """Read new events while anybody listens, and hand them to each listener."""
        while True:
            await asyncio.wait([self.next()], timeout=POLL_SECONDS)
            if not self._subscribers:
                self._position = None
                continue
            with contextlib.suppress(DatabaseUnavailable, psycopg.Error):
                await self._read()

    async def _read(self) -> None:
        full = True
        while full and self._position is not None:
            async with self._database.connection() as connection:
                fresh = await events.after(connection, self._position, BATCH)
            for event in fresh:
                self._position = event.position
                for queue in list(self._subscribers):
                    self._hand(queue, event)
            full = len(fresh) == BATCH

    def _hand(self, queue: asyncio.Queue[Event], event: Event) -> None:
        try:
            queue.put_nowait(event)
        except asyncio.QueueFull:
            self._subscribers.discard(queue)

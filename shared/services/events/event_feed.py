"""The feed of document changes: one database listener for all clients of an API process."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

import psycopg

from shared.db.events import events
from shared.db.kit.pool import AsyncDatabase
from shared.db.migrations import migrations
from shared.domain.errors import DatabaseUnavailable, TooBusy
from shared.domain.events.event import Bounds, Event, Position
from shared.domain.models.migration import Migration
from shared.ports.meters import ApiMeter
from shared.services.operations.cached_probe import CachedProbe

POLL_SECONDS = 0.25
RECONNECT_SECONDS = 0.5
BATCH = 500
SUBSCRIBER_BACKLOG = 2000
QUIET_SECONDS = 15.0
MIGRATIONS_SECONDS = 1.0

Queue = asyncio.Queue[Event | Migration | None]


@dataclass(frozen=True, slots=True)
class Subscription:
    """The events after `start`, and each migration when it changes.

    None is yielded after QUIET_SECONDS without an event.

    `missed`: earlier events that the reader had not seen are deleted.
    """

    start: Position
    missed: bool
    events: AsyncIterator[Event | Migration | None]


class EventFeed:
    """Listens for the database's notifications and reads new events for all subscribers."""

    def __init__(
        self, database: AsyncDatabase, meter: ApiMeter, max_subscribers: int = 200
    ) -> None:
        self._database = database
        self._meter = meter
        self._max_subscribers = max_subscribers
        self._next: asyncio.Future[None] | None = None
        self._subscribers: set[Queue] = set()
        self._migrations: dict[int, Migration] = {}
        self._position: Position | None = None
        self._shared_bounds = CachedProbe(self._bounds, every_seconds=0.0)

    def next_change(self) -> asyncio.Future[None]:
        """Return a future that is done when a worker next makes documents ready or failed."""
        if self._next is None or self._next.done():
            self._next = asyncio.get_running_loop().create_future()
        return self._next

    async def run(self) -> None:
        """Listen until cancelled. Reconnects after every failure."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._listen())
            tasks.create_task(self._publish())
            tasks.create_task(self._publish_migrations())

    @asynccontextmanager
    async def subscribe(self, after: Position | None) -> AsyncIterator[Subscription]:
        """Give the events since `after`, or from now on.

        The stream ends if its reader falls too far behind. The reader can then resume.
        Raises DatabaseUnavailable or TooBusy.
        """
        if len(self._subscribers) >= self._max_subscribers:
            raise TooBusy(f"{self._max_subscribers:,} event streams are open.")
        queue: Queue = asyncio.Queue(SUBSCRIBER_BACKLOG)
        handed_out = self._position
        self._add(queue)
        try:
            bounds = await self._shared_bounds.get()
            self._position = self._position or bounds.end
            start = bounds.start(after)
            is_behind = start < (handed_out or self._position)
            yield Subscription(
                start, bounds.misses(after), self._stream(queue, start, is_behind=is_behind)
            )
        finally:
            self._remove(queue)

    def stop(self) -> None:
        """End all streams, because the process stops."""
        for queue in list(self._subscribers):
            self._remove(queue)
            with suppress(asyncio.QueueFull):  # a full queue wakes its reader anyway
                queue.put_nowait(None)

    def _add(self, queue: Queue) -> None:
        self._subscribers.add(queue)
        self._meter.listeners_changed(len(self._subscribers))

    def _remove(self, queue: Queue) -> None:
        self._subscribers.discard(queue)
        self._meter.listeners_changed(len(self._subscribers))

    async def _stream(
        self, queue: Queue, after: Position, *, is_behind: bool
    ) -> AsyncIterator[Event | Migration | None]:
        """Yield the stored events since `after`, then those from the queue that are newer.

        The queue has all events unless the stream `is_behind` those that were handed out before.
        """
        last = after
        if is_behind:
            async for event in self._stored(after):
                yield event
                last = event.position
        while queue in self._subscribers or not queue.empty():
            try:
                # asyncio.wait_for would create a task for each event and listener.
                async with asyncio.timeout(QUIET_SECONDS):
                    waiting = await queue.get()
            except TimeoutError:
                yield None
                continue
            if isinstance(waiting, Migration) or (waiting and waiting.position > last):
                yield waiting

    async def _stored(self, position: Position) -> AsyncIterator[Event]:
        more = True
        while more:
            async with self._database.connection() as connection:
                batch = await events.after(connection, position, BATCH)
            for event in batch:
                yield event
                position = event.position
            more = len(batch) == BATCH

    async def _listen(self) -> None:
        while True:
            with suppress(DatabaseUnavailable, psycopg.Error, OSError):
                async for _ in self._database.notifications(events.CHANNEL):
                    if self._next is not None and not self._next.done():
                        self._next.set_result(None)
            await asyncio.sleep(RECONNECT_SECONDS)

    async def _publish(self) -> None:
        """Read new events while there are subscribers, and hand them out."""
        while True:
            await asyncio.wait([self.next_change()], timeout=POLL_SECONDS)
            if not self._subscribers:
                self._position = None
                continue
            with suppress(DatabaseUnavailable, psycopg.Error):
                await self._read()

    async def _publish_migrations(self) -> None:
        """Hand out each migration that has changed, while there are subscribers."""
        while True:
            await asyncio.sleep(MIGRATIONS_SECONDS)
            if self._subscribers:
                with suppress(DatabaseUnavailable, psycopg.Error):
                    await self._read_migrations()

    async def _read_migrations(self) -> None:
        async with self._database.connection() as connection:
            found = await migrations.recent(connection)
        changed = [each for each in found if self._migrations.get(each.id) != each]
        self._migrations = {each.id: each for each in found}
        for migration in changed:
            for queue in list(self._subscribers):
                self._hand_out(queue, migration)

    async def _read(self) -> None:
        before = self._position
        if before is None:
            return
        async for event in self._stored(before):
            self._position = event.position
            for queue in list(self._subscribers):
                self._hand_out(queue, event)
        if self._position == before and before > (await self._bounds()).end:
            self._start_over()

    def _start_over(self) -> None:
        """End all streams: the database was replaced by another, whose events come before ours."""
        self._position = None
        for queue in list(self._subscribers):
            self._remove(queue)

    async def _bounds(self) -> Bounds:
        async with self._database.connection() as connection:
            return await events.bounds(connection)

    def _hand_out(self, queue: Queue, event: Event | Migration) -> None:
        try:
            queue.put_nowait(event)
        except asyncio.QueueFull:
            self._remove(queue)

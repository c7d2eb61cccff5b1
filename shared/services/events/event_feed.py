"""The feed of document changes: one database listener for all clients of an API process."""

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime

import psycopg

from shared.db.documents import read_imports
from shared.db.events import events
from shared.db.kit.pool import AsyncDatabase
from shared.db.migrations import migrations
from shared.domain.database_errors import DatabaseUnavailable
from shared.domain.events.event import Event, Position
from shared.domain.models.migration import Migration
from shared.domain.refs import Tenant
from shared.ports.meters import ApiMeter
from shared.services.events.audience import BATCH, Audience
from shared.services.events.subscribers import Notice, Reader, Subscriber
from shared.services.operations.background import together
from shared.services.operations.fair_slots import FairSlots

POLL_SECONDS = 0.25
RECONNECT_SECONDS = 0.5
QUIET_SECONDS = 15.0
NOTICES_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Subscription:
    """The events after `start`, each migration when it changes, and each import when it ends.

    None is yielded after QUIET_SECONDS without an event.

    `missed`: earlier events that the reader had not seen are deleted.
    """

    start: Position
    missed: bool
    events: AsyncIterator[Event | Notice | None]


class EventFeed:
    """Listens for the database's notifications and reads new events for all subscribers.

    Each subscriber has the events of its tenant only, of documents that it may read. What others
    write does not show: neither in its events nor in its backlog nor in `missed`.
    """

    def __init__(
        self, database: AsyncDatabase, meter: ApiMeter, max_subscribers: int = 200
    ) -> None:
        self._database = database
        self._meter = meter
        self._slots = FairSlots(max_subscribers, f"{max_subscribers:,} event streams are open.")
        self._next: asyncio.Future[None] | None = None
        self._audiences: dict[Tenant, Audience] = {}
        self._migrations: dict[int, Migration] = {}
        self._imports: set[tuple[int, datetime | None]] = set()
        self._position: Position | None = None

    def next_change(self) -> asyncio.Future[None]:
        """Return a future that is done when a worker next makes documents ready or failed."""
        if self._next is None or self._next.done():
            self._next = asyncio.get_running_loop().create_future()
        return self._next

    async def run(self) -> None:
        """Listen until cancelled. Reconnects after every failure."""
        await together(self._listen(), self._publish(), self._publish_notices())

    @asynccontextmanager
    async def subscribe(
        self, reader: Reader, after: Position | None
    ) -> AsyncIterator[Subscription]:
        """Give the events since `after`, or from now on.

        The stream ends if its reader falls too far behind, and if others need its slot. The reader
        can then resume. Raises DatabaseUnavailable or TooBusy.
        """
        tenant = reader.principal.tenant
        with self._slots.holding(reader.client) as ended:
            subscriber = Subscriber(reader)
            ended.add_done_callback(lambda _: subscriber.end())
            handed_out = self._position
            audience = self._add(tenant, subscriber)
            try:
                bounds = await audience.bounds.get()
                self._position = self._position or bounds.end
                start = bounds.start(after)
                is_behind = start < (handed_out or self._position)
                stream = self._stream(audience, subscriber, start, is_behind=is_behind)
                yield Subscription(start, bounds.misses(after), stream)
            finally:
                self._remove(tenant, subscriber)

    def stop(self) -> None:
        """End all streams, because the process stops."""
        for subscriber in self._subscribers():
            subscriber.end()

    def _add(self, tenant: Tenant, subscriber: Subscriber) -> Audience:
        if tenant not in self._audiences:
            self._audiences[tenant] = Audience(self._database, tenant)
        audience = self._audiences[tenant]
        audience.subscribers.add(subscriber)
        self._meter.listeners_changed(len(self._subscribers()))
        return audience

    def _remove(self, tenant: Tenant, subscriber: Subscriber) -> None:
        audience = self._audiences[tenant]
        audience.subscribers.discard(subscriber)
        if not audience.subscribers:
            del self._audiences[tenant]
        self._meter.listeners_changed(len(self._subscribers()))

    def _subscribers(self) -> list[Subscriber]:
        return [each for audience in self._audiences.values() for each in audience.subscribers]

    async def _stream(
        self, audience: Audience, subscriber: Subscriber, after: Position, *, is_behind: bool
    ) -> AsyncIterator[Event | Notice | None]:
        """Yield the stored events since `after`, then those handed over that are newer.

        All are handed over unless the stream `is_behind` those that were handed out before.
        """
        reader, last = subscriber.reader, after
        if is_behind:
            async for batch in audience.stored(subscriber, after):
                for event in await audience.visible(reader, batch):
                    yield event
                last = batch[-1].position
        quiet_until = time.monotonic() + QUIET_SECONDS
        while True:
            news = await subscriber.next(quiet_until - time.monotonic())
            if news is None and subscriber.is_ended:
                return
            seen = await audience.seen(reader, news, last)
            for each in seen:
                yield each
            if seen:
                quiet_until = time.monotonic() + QUIET_SECONDS

    async def _listen(self) -> None:
        while True:
            with suppress(DatabaseUnavailable, psycopg.Error, OSError):
                async for _ in self._database.notifications.on(events.CHANNEL):
                    self._tell()
            await asyncio.sleep(RECONNECT_SECONDS)
            self._tell()  # because some notifications may be lost

    def _tell(self) -> None:
        if self._next is not None and not self._next.done():
            self._next.set_result(None)

    async def _publish(self) -> None:
        """Read new events while there are subscribers, and hand them out."""
        while True:
            await asyncio.wait([self.next_change()], timeout=POLL_SECONDS)
            if not self._audiences:
                self._position = None
                continue
            with suppress(DatabaseUnavailable, psycopg.Error):
                await self._read()

    async def _publish_notices(self) -> None:
        """Hand out migrations that have changed and imports that have ended, if anybody reads."""
        while True:
            await asyncio.sleep(NOTICES_SECONDS)
            if self._audiences:
                with suppress(DatabaseUnavailable, psycopg.Error):
                    await self._read_migrations()
                    await self._read_imports()

    async def _read_migrations(self) -> None:
        async with self._database.connection() as connection:
            found = await migrations.recent(connection)
        changed = [each for each in found if self._migrations.get(each.id) != each]
        self._migrations = {each.id: each for each in found}
        for migration in changed:
            if audience := self._audiences.get(migration.collection.tenant):
                audience.hand_over(migration)

    async def _read_imports(self) -> None:
        async with self._database.connection() as connection:
            found = await read_imports.recently_ended(connection)
        ended = [each for each in found if (each.key, each.ended_at) not in self._imports]
        self._imports = {(each.key, each.ended_at) for each in found}
        for each in ended:
            if audience := self._audiences.get(each.tenant):
                audience.hand_over(each)

    async def _read(self) -> None:
        """Read the new events of all tenants once, and hand each tenant its own."""
        batch: Sequence[Event] = ()
        while self._position is not None:
            async with self._database.connection() as connection:
                batch = await events.after(connection, self._position, BATCH)
                replaced = not batch and self._position > await events.end(connection)
            if replaced:
                self._start_over()
            for tenant, part in _by_tenant(batch).items():
                if audience := self._audiences.get(tenant):
                    audience.hand_over(part)
            if batch:
                self._position = batch[-1].position
            if len(batch) < BATCH:
                break

    def _start_over(self) -> None:
        """End all streams: the database was replaced by another, whose events come before ours."""
        self._position = None
        for subscriber in self._subscribers():
            subscriber.end()


def _by_tenant(batch: Sequence[Event]) -> dict[Tenant, list[Event]]:
    parts = defaultdict(list)
    for event in batch:
        parts[event.ref.collection.tenant].append(event)
    return dict(parts)

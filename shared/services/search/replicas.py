"""The read replicas: which of them a search may use."""

import asyncio
import time
from collections import deque
from collections.abc import Coroutine, Iterator, Sequence
from contextlib import AsyncExitStack, ExitStack, suppress
from typing import Any

import psycopg
import structlog

from shared.db.kit.identity import identity
from shared.db.kit.pool import AsyncDatabase
from shared.db.operations import replication
from shared.domain.database_errors import DatabaseUnavailable
from shared.domain.position import LATEST, Position, SeenChanges
from shared.ports.meters import ApiMeter
from shared.services.search.primary_position import PrimaryPosition
from shared.services.search.replica import LOOK_SECONDS, START, Replica

log = structlog.get_logger(__name__)

CATCH_UP_SECONDS = 0.05
"""How long a search waits for a replica that is not as far as it must be."""
NOTED = 3600
"""Positions of the primary that are kept, one a second. The lag is measured by them."""


class ReadReplicas:
    """Watches the replicas, and chooses one that shows what a search must see."""

    def __init__(
        self,
        primary: AsyncDatabase,
        replicas: Sequence[tuple[AsyncDatabase, AsyncDatabase]],
        max_lag_seconds: float,
        meter: ApiMeter,
    ) -> None:
        """`replicas` are those that searches use, each with one for looks alone."""
        self.position = PrimaryPosition(primary)
        self._primary = primary
        self._news = asyncio.Condition()
        self._replicas = [
            Replica(number, searched, looked_at, self._news)
            for number, (searched, looked_at) in enumerate(replicas, 1)
        ]
        self._max_lag_seconds = max_lag_seconds
        self._meter = meter
        self._noted: deque[tuple[float, Position]] = deque(maxlen=NOTED)

    def __iter__(self) -> Iterator[Replica]:
        return iter(self._replicas)

    async def open(self) -> None:
        for each in self._replicas:
            await each.searched.open()
            await each.looked_at.open()

    async def close(self) -> None:
        """Close all connections, also if some of them fail to."""
        async with AsyncExitStack() as closing:
            for each in self._replicas:
                closing.push_async_callback(each.searched.close)
                closing.push_async_callback(each.looked_at.close)

    def watches(self) -> list[Coroutine[Any, Any, None]]:
        """Return the works that watch all of them until cancelled."""
        if not self._replicas:
            return []
        follows = [each.follow() for each in self._replicas]
        return [self._watch_primary(), self._measure(), *follows]

    async def choose(self, seen: SeenChanges) -> Replica | None:
        """Return the least busy replica that shows what a search must see, or None."""
        well = [each for each in self._replicas if each.is_well]
        wanted = await self._position(seen) if well else None
        if wanted is None:
            return None
        if seen is not None and not any(each.has(wanted) for each in well):
            await self._catch_up(well, wanted)
        ready = [each for each in well if each.has(wanted)]
        return min(ready, key=lambda each: each.load, default=None)

    async def _catch_up(self, well: Sequence[Replica], wanted: Position) -> None:
        """Wait for a moment until a replica is as far."""
        with ExitStack() as looks, suppress(TimeoutError):
            for each in well:
                looks.enter_context(each.looked_at_often())
            async with asyncio.timeout(CATCH_UP_SECONDS), self._news:
                await self._news.wait_for(lambda: any(each.has(wanted) for each in well))

    async def _position(self, seen: SeenChanges) -> Position | None:
        """Return the position that a replica must have; None if it is not known."""
        oldest = self._oldest_shown()
        if seen is None or (isinstance(seen, Position) and seen <= self._newest_noted):
            return max(oldest, seen or START)
        now = await self.position.read()
        if now is None or seen is LATEST:
            return now
        return min(seen, now)  # a position of a former primary may be ahead of this one

    @property
    def _newest_noted(self) -> Position:
        return self._noted[-1][1] if self._noted else START

    def _oldest_shown(self) -> Position:
        """Return the position of `max_lag_seconds` ago, which every replica in use must have."""
        latest = time.monotonic() - self._max_lag_seconds
        old = (position for at, position in reversed(self._noted) if at <= latest)
        return next(old, self._noted[0][1] if self._noted else START)

    async def _watch_primary(self) -> None:
        reported = ""
        while True:
            try:
                await self._note_position()
                reported = ""
            except (DatabaseUnavailable, psycopg.Error) as error:
                if str(error) != reported:
                    reported = str(error)
                    log.warning("primary.position_unknown", reason=reported)
            await asyncio.sleep(LOOK_SECONDS)

    async def _note_position(self) -> None:
        replayed = [each.replayed for each in self._replicas]
        async with self._primary.connection() as connection:
            primary = await identity(connection)
            position = await replication.written(connection)
        if self._noted and position < self._noted[-1][1]:
            self._noted.clear()  # another primary has taken over
        self._noted.append((time.monotonic(), position))
        for each, before in zip(self._replicas, replayed, strict=True):
            if each.primary != primary:
                each.look_soon()
            each.primary, each.is_ahead = primary, before > position

    async def _measure(self) -> None:
        while True:
            for each in self._replicas:
                is_used = each.has(self._oldest_shown())
                self._meter.replica_seen(each.number, self._lag(each), is_used=is_used)
            await asyncio.sleep(LOOK_SECONDS)

    def _lag(self, replica: Replica) -> float:
        """Return how many seconds old the oldest change is that a replica does not show."""
        missing = (at for at, position in self._noted if replica.replayed < position)
        now = time.monotonic()
        return now - next(missing, now)

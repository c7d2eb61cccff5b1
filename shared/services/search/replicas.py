"""The read replicas: which of them a search may use."""

import asyncio
import time
from collections import deque
from collections.abc import Iterator, Sequence

import psycopg
import structlog

from shared.db.kit.identity import identity
from shared.db.kit.pool import AsyncDatabase
from shared.db.operations import replication
from shared.domain.errors import DatabaseUnavailable
from shared.domain.position import LATEST, Position, SeenChanges
from shared.ports.meters import ApiMeter
from shared.services.search.primary_position import PrimaryPosition
from shared.services.search.replica import LOOK_SECONDS, START, Replica

log = structlog.get_logger(__name__)

NOTED = 3600
"""Positions of the primary that are kept, one a second. The lag is measured by them."""


class ReadReplicas:
    """Watches the replicas, and chooses one that shows what a search must see."""

    def __init__(
        self,
        primary: AsyncDatabase,
        replicas: Sequence[AsyncDatabase],
        max_lag_seconds: float,
        meter: ApiMeter,
    ) -> None:
        self.position = PrimaryPosition(primary)
        self._primary = primary
        self._replicas = [Replica(number, each) for number, each in enumerate(replicas, 1)]
        self._max_lag_seconds = max_lag_seconds
        self._meter = meter
        self._noted: deque[tuple[float, Position]] = deque(maxlen=NOTED)

    def __iter__(self) -> Iterator[Replica]:
        return iter(self._replicas)

    async def open(self) -> None:
        for each in self._replicas:
            await each.database.open()

    async def close(self) -> None:
        for each in self._replicas:
            await each.database.close()

    async def run(self) -> None:
        """Watch all of them until cancelled."""
        if not self._replicas:
            return
        async with asyncio.TaskGroup() as loops:
            loops.create_task(self._watch_primary())
            loops.create_task(self._measure())
            for each in self._replicas:
                loops.create_task(each.follow())

    async def choose(self, seen: SeenChanges) -> Replica | None:
        """Return the least busy replica that shows what a search must see, or None."""
        well = [each for each in self._replicas if each.is_well]
        wanted = await self._position(seen) if well else None
        if wanted is None:
            return None
        ready = [each for each in well if each.has(wanted)]
        if ready:
            return min(ready, key=lambda each: each.load)
        if seen is None:
            return None
        nearest = max(well, key=lambda each: each.replayed)
        return nearest if await nearest.catch_up(wanted) else None

    async def _position(self, seen: SeenChanges) -> Position | None:
        if seen is LATEST:
            return await self.position.read()
        return max(self._oldest_shown(), seen or START)

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
                    log.warning("replicas.primary_unknown", reason=reported)
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
            each.primary, each.is_ahead = primary, before > position

    async def _measure(self) -> None:
        while True:
            for each in self._replicas:
                self._meter.replica_seen(each.number, self._lag(each) if each.is_well else None)
            await asyncio.sleep(LOOK_SECONDS)

    def _lag(self, replica: Replica) -> float:
        """Return how many seconds old the oldest change is that a replica does not show."""
        missing = (at for at, position in self._noted if not replica.has(position))
        now = time.monotonic()
        return now - next(missing, now)

"""The read replicas: how far each of them is, and which one a search may use."""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager

import structlog

from shared.db.kit.identity import identity
from shared.db.kit.pool import AsyncDatabase
from shared.db.operations import replication
from shared.domain.errors import DatabaseUnavailable
from shared.domain.position import LATEST, Position, SeenChanges
from shared.ports.meters import ApiMeter

log = structlog.get_logger(__name__)

LOOK_SECONDS = 1.0
LOOK_TIMEOUT_SECONDS = 2.0
CATCH_UP_SECONDS = 0.05
"""How long a search waits for a replica that is behind."""
PAUSE_SECONDS = 0.005
START = Position(0)


class Replica:
    """One replica. It is used after a look at it, until a look or a search fails."""

    def __init__(self, number: int, database: AsyncDatabase) -> None:
        self.number, self.database = number, database
        self.searches = 0
        self._replayed = START
        self._is_well, self._is_reported = False, False
        self._looking = asyncio.Lock()

    def has(self, position: Position) -> bool:
        """Return whether it is known to show all changes up to a position."""
        return self._is_well and self._replayed >= position

    @property
    def is_well(self) -> bool:
        return self._is_well

    @property
    def replayed(self) -> Position:
        return self._replayed

    @asynccontextmanager
    async def searching(self) -> AsyncIterator[None]:
        """Count a search while it runs, and notice if the replica fails."""
        self.searches += 1
        try:
            yield
        except DatabaseUnavailable as error:
            self.failed(error)
            raise
        finally:
            self.searches -= 1

    async def catch_up(self, position: Position) -> bool:
        """Wait for a moment until it shows all changes up to a position; return whether it does."""
        try:
            async with asyncio.timeout(CATCH_UP_SECONDS):
                while not self.has(position):
                    await self._look_if_behind(position)
        except TimeoutError:
            return False
        except DatabaseUnavailable as error:
            self.failed(error)
            return False
        return True

    async def _look_if_behind(self, position: Position) -> None:
        """Look once for all who wait."""
        async with self._looking:
            if not self.has(position):
                await self._look()
                await asyncio.sleep(0 if self.has(position) else PAUSE_SECONDS)

    async def _look(self) -> None:
        async with self.database.connection() as connection:
            found = await replication.replayed(connection)
        if found is None:
            raise DatabaseUnavailable("It is no replica, or no longer one.")
        self._replayed = found

    async def check(self, primary: bytes) -> None:
        """Look whether it works and is a replica of this primary."""
        try:
            async with asyncio.timeout(LOOK_TIMEOUT_SECONDS):
                await self._require_copy_of(primary)
                await self._look()
        except (DatabaseUnavailable, TimeoutError) as error:
            self.failed(error)
        else:
            self._works()

    async def _require_copy_of(self, primary: bytes) -> None:
        async with self.database.connection() as connection:
            if await identity(connection) != primary:
                raise DatabaseUnavailable("It is a copy of another database.")

    def failed(self, error: Exception) -> None:
        """Use it no more until the next look finds it well."""
        self._is_well = False
        if not self._is_reported:
            log.warning("replica.unusable", replica=self.number, reason=str(error) or "no answer")
        self._is_reported = True

    def _works(self) -> None:
        if not self._is_well:
            log.info("replica.used", replica=self.number)
        self._is_well, self._is_reported = True, False


class ReadReplicas:
    """Watches the replicas, and chooses one that shows what a search must see."""

    def __init__(
        self,
        primary: AsyncDatabase,
        replicas: Sequence[AsyncDatabase],
        max_lag_seconds: float,
        meter: ApiMeter,
    ) -> None:
        self._primary = primary
        self._replicas = [Replica(number, each) for number, each in enumerate(replicas, 1)]
        self._max_lag_seconds = max_lag_seconds
        self._meter = meter
        self._identity: bytes | None = None
        self._written: deque[tuple[float, Position]] = deque()

    def __iter__(self) -> Iterator[Replica]:
        return iter(self._replicas)

    async def open(self) -> None:
        for each in self._replicas:
            await each.database.open()

    async def close(self) -> None:
        for each in self._replicas:
            await each.database.close()

    async def run(self) -> None:
        """Look at all of them again and again until cancelled."""
        while self._replicas:
            await self._look()
            await asyncio.sleep(LOOK_SECONDS)

    async def choose(self, seen: SeenChanges) -> Replica | None:
        """Return the replica with the fewest searches that shows what is asked; None for none."""
        well = [each for each in self._replicas if each.is_well]
        if not well:
            return None
        wanted = await self._position(seen)
        ready = [each for each in well if each.has(wanted)]
        if ready:
            return min(ready, key=lambda each: each.searches)
        nearest = max(well, key=lambda each: each.replayed)
        waits = seen is not None and await nearest.catch_up(wanted)
        return nearest if waits else None

    async def written(self) -> Position:
        """Return a position behind all that is written by now; raises DatabaseUnavailable."""
        async with self._primary.connection() as connection:
            return await replication.written(connection)

    async def _position(self, seen: SeenChanges) -> Position:
        if seen is LATEST:
            return await self.written()
        return max(self._oldest_shown, seen or START)

    @property
    def _oldest_shown(self) -> Position:
        """The position of `max_lag_seconds` ago. A replica that is not as far is not used."""
        return self._written[0][1] if self._written else START

    async def _look(self) -> None:
        try:
            async with asyncio.timeout(LOOK_TIMEOUT_SECONDS):
                await self._look_at_primary()
        except (DatabaseUnavailable, TimeoutError):
            pass  # the status tells of it, and the replicas serve on
        if self._identity is not None:
            await asyncio.gather(*(each.check(self._identity) for each in self._replicas))
        for each in self._replicas:
            self._meter.replica_seen(each.number, self._lag(each) if each.is_well else None)

    async def _look_at_primary(self) -> None:
        async with self._primary.connection() as connection:
            self._identity = self._identity or await identity(connection)
            self._written.append((time.monotonic(), await replication.written(connection)))
        # The first that is left is the last one of at least that age.
        while len(self._written) > 1 and self._age(self._written[1][0]) >= self._max_lag_seconds:
            self._written.popleft()

    def _lag(self, replica: Replica) -> float:
        """Return how many seconds old the oldest change is that a replica does not show."""
        missing = (at for at, position in self._written if not replica.has(position))
        return self._age(next(missing, time.monotonic()))

    @staticmethod
    def _age(at: float) -> float:
        return time.monotonic() - at

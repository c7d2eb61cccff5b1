"""One read replica: how far it is, and whether it works."""

import asyncio
import random
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

import psycopg
import structlog

from shared.db.kit.pool import AsyncConnection, AsyncDatabase
from shared.db.operations import replication
from shared.domain.database_errors import DatabaseUnavailable
from shared.domain.position import Position
from shared.services.operations.background import failure_seen

log = structlog.get_logger(__name__)

LOOK_SECONDS = 1.0
LOOK_TIMEOUT_SECONDS = 2.0
PAUSE_SECONDS = 0.005
START = Position(0)
T = TypeVar("T")


class ReplicaLost(DatabaseUnavailable):
    """The replica stopped answering during the work."""


class Replica:
    """It is used from a look that finds it well until one that does not."""

    def __init__(
        self,
        number: int,
        searched: AsyncDatabase,
        looked_at: AsyncDatabase,
        news: asyncio.Condition,
    ) -> None:
        """`looked_at` has a connection of its own, so that looks wait for no search.

        `news` tells all that wait of a look.
        """
        self.number, self.searched, self.looked_at = number, searched, looked_at
        self.primary: bytes | None = None
        """What tells the database of the primary from others. It is unknown at the start."""
        self.is_ahead = False
        """Whether it has changes that the primary lacks. It then follows another primary."""
        self.replayed = START
        self._searches = 0
        self._answers, self._is_reported = False, False
        self._waiting = 0
        self._wanted = asyncio.Event()
        self._news = news
        self._lost: asyncio.Future[None] | None = None
        searched.require(self._require_replayed)

    @property
    def is_well(self) -> bool:
        return self._answers and not self.is_ahead

    @property
    def load(self) -> tuple[int, float]:
        """Its running searches. Chance decides between equals."""
        return self._searches, random.random()  # noqa: S311 - no secret

    def has(self, position: Position) -> bool:
        """Return whether it is known to show all changes up to a position."""
        return self.is_well and self.replayed >= position

    def look_soon(self) -> None:
        """Look now instead of within a second."""
        self._wanted.set()

    @contextmanager
    def looked_at_often(self) -> Iterator[None]:
        """Look every few milliseconds during the block, because a search waits."""
        self._waiting += 1
        self._wanted.set()
        try:
            yield
        finally:
            self._waiting -= 1

    async def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Do work on it; raises ReplicaLost if it stops answering meanwhile.

        The work is then cancelled and not awaited: a connection that hangs ends much later.
        """
        if self._lost is None:
            self._lost = asyncio.get_running_loop().create_future()
        working = asyncio.create_task(work)
        working.add_done_callback(failure_seen)
        ends: set[asyncio.Future[Any]] = {working, self._lost}
        self._searches += 1
        try:
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
            if not working.done():
                raise ReplicaLost("The replica does not answer.")
            return working.result()
        finally:
            self._searches -= 1
            working.cancel()

    async def follow(self) -> None:
        """Look every second, and every few milliseconds while a search waits."""
        while True:
            self._wanted.clear()
            await self._look()
            if self._waiting:
                await asyncio.sleep(PAUSE_SECONDS)
            else:
                with suppress(TimeoutError):
                    async with asyncio.timeout(LOOK_SECONDS):
                        await self._wanted.wait()

    async def _look(self) -> None:
        """Look once. While a look hangs, no other one begins."""
        looking = asyncio.create_task(self._read())
        looking.add_done_callback(failure_seen)
        try:
            await asyncio.wait({looking}, timeout=LOOK_TIMEOUT_SECONDS)
            if not looking.done():
                self._fails("It does not answer.")
            await asyncio.wait({looking})
        finally:
            looking.cancel()
        try:
            self._note(looking.result())
        except (DatabaseUnavailable, psycopg.Error) as error:
            self._fails(str(error) or type(error).__name__)
        else:
            self._works()
        async with self._news:
            self._news.notify_all()

    def _note(self, replayed: Position) -> None:
        """After a crash it shows less at first. Who has chosen it before must not see that."""
        if replayed < self.replayed:
            self._fails("It shows less than before.")
        self.replayed = replayed

    async def _require_replayed(self, connection: AsyncConnection) -> None:
        """Refuse a connection that shows less than the last look, because of a crash since then."""
        least = self.replayed  # a look may note more while this one is on its way
        found = await replication.replayed(connection)
        if found is not None and found < least:
            raise DatabaseUnavailable("The replica shows less than before.")

    async def _read(self) -> Position:
        async with self.looked_at.connection() as connection:
            found = await replication.standing(connection)
        if found.replayed is None:
            raise DatabaseUnavailable("It is no replica, or no longer one.")
        if found.identity != self.primary:
            raise DatabaseUnavailable("It is no copy of this database.")
        return found.replayed

    def _fails(self, reason: str) -> None:
        self._answers = False
        if self._lost is not None:
            self._lost.set_result(None)
            self._lost = None
        if not self._is_reported and self.primary is not None:
            log.warning("replica.unusable", replica=self.number, reason=reason)
            self._is_reported = True

    def _works(self) -> None:
        if not self._answers:
            log.info("replica.used", replica=self.number)
        self._answers, self._is_reported = True, False

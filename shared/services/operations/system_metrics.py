"""What a scrape shows of the whole system. It is never late, whatever is down."""

import asyncio
from typing import TypeVar

from shared.db.kit.pool import AsyncDatabase
from shared.db.operations import statistics
from shared.domain.errors import DatabaseUnavailable
from shared.domain.operations.statistics import Backlog, PartHealth
from shared.services.operations.cached_probe import CachedProbe
from shared.services.operations.status import StatusService

SCRAPE_SECONDS = 2.5
"""Slightly longer than the time limit of each part, and well below Prometheus' ten seconds."""
BACKLOG_EVERY_SECONDS = 5.0

T = TypeVar("T")


class SystemMetrics:
    """Reads the system's gauges, at most every few seconds and within SCRAPE_SECONDS."""

    def __init__(self, database: AsyncDatabase, status: StatusService) -> None:
        self._database = database
        self._status = status
        self._backlog = CachedProbe(self._read, BACKLOG_EVERY_SECONDS)

    async def read(self) -> tuple[dict[str, PartHealth], Backlog | None]:
        """Return the parts that are known, and the backlog if PostgreSQL answers in time."""
        parts = asyncio.create_task(self._status.parts())
        waiting = asyncio.create_task(self._backlog.get())
        await asyncio.wait([parts, waiting], timeout=SCRAPE_SECONDS)
        return _answer(parts) or {}, _answer(waiting)

    async def _read(self) -> Backlog:
        async with self._database.connection() as connection:
            return await statistics.backlog(connection)


def _answer(task: asyncio.Task[T]) -> T | None:
    """Return the result if it is there. A late task goes on, for the next scrape."""
    if not task.done():
        task.add_done_callback(lambda late: late.cancelled() or late.exception())
        return None
    try:
        return task.result()
    except DatabaseUnavailable:
        return None

"""What a scrape shows of the whole system. It is never late, whatever is down."""

import asyncio
from collections.abc import Sequence
from typing import TypeVar

from shared.db.kit.pool import AsyncDatabase
from shared.db.migrations import migrations
from shared.db.operations import statistics
from shared.domain.database_errors import DatabaseUnavailable
from shared.domain.models.migration import Migration
from shared.domain.operations.statistics import Backlog, PartHealth, ScalingAim
from shared.services.operations.background import failure_seen
from shared.services.operations.cached_probe import CachedProbe
from shared.services.operations.status import StatusService

SCRAPE_SECONDS = 2.5
"""Slightly longer than the time limit of each part, and well below Prometheus' ten seconds."""
FIGURES_EVERY_SECONDS = 5.0

T = TypeVar("T")


class SystemMetrics:
    """Reads the system's gauges, at most every few seconds and within SCRAPE_SECONDS."""

    def __init__(self, database: AsyncDatabase, status: StatusService, aim: ScalingAim) -> None:
        self._database = database
        self._aim = aim
        self._status = status
        self._figures = CachedProbe(self._read, FIGURES_EVERY_SECONDS)

    async def read(
        self,
    ) -> tuple[dict[str, PartHealth], Backlog | None, Sequence[Migration]]:
        """Return the parts that are known.

        The backlog and the running migrations are there if PostgreSQL answers in time.
        """
        parts = asyncio.create_task(self._status.parts())
        figures = asyncio.create_task(self._figures.get())
        await asyncio.wait([parts, figures], timeout=SCRAPE_SECONDS)
        backlog, running = _answer(figures) or (None, ())
        return _answer(parts) or {}, backlog, running

    async def _read(self) -> tuple[Backlog, Sequence[Migration]]:
        async with self._database.connection() as connection:
            backlog = await statistics.backlog(connection, self._aim)
            return backlog, await migrations.running_async(connection)


def _answer(task: asyncio.Task[T]) -> T | None:
    """Return the result if it is there. A late task goes on, for the next scrape."""
    if not task.done():
        task.add_done_callback(failure_seen)
        return None
    try:
        return task.result()
    except DatabaseUnavailable:
        return None

"""What happened in the last day: written by each process, read by the API."""

import asyncio
import time

import psycopg

from shared.db.kit.loop_errors import LoopErrors
from shared.db.kit.pool import AsyncDatabase
from shared.db.operations import activity
from shared.domain.database_errors import DatabaseUnavailable
from shared.domain.operations.activity import (
    LOOK_SECONDS,
    Activity,
    ActivityCounts,
    Clock,
    Span,
)
from shared.domain.refs import Collection, Tenant, tenant_of


class ActivityService:
    """Stores what a process of the API counts, and returns what all have counted."""

    def __init__(
        self, database: AsyncDatabase, counts: ActivityCounts, clock: Clock = time.time
    ) -> None:
        self._database = database
        self.counts = counts
        self._clock = clock
        self._errors = LoopErrors("activity")
        self._one_write = asyncio.Lock()

    async def run(self) -> None:
        """Write each minute until cancelled. While the database does not answer, counts wait."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            with self._errors.logged(DatabaseUnavailable, psycopg.Error):
                await asyncio.shield(self.write())  # else `finish` might add the same again

    async def write(self) -> None:
        """Write the minutes that are over."""
        await self._write(is_last=False)

    async def finish(self) -> None:
        """Write the rest, unless the database does not answer. A write that runs ends before."""
        with self._errors.logged(DatabaseUnavailable, psycopg.Error):
            await self._write(is_last=True)

    async def _write(self, *, is_last: bool) -> None:
        async with self._one_write:
            for statement in activity.storing(self.counts, is_last=is_last):
                async with self._database.connection() as connection:
                    await connection.execute(*statement)

    async def read(self, within: Collection | Tenant, hours: int) -> Activity:
        """Return what happened in the last hours, within a collection or a tenant.

        Raises DatabaseUnavailable and TooBusy.
        """
        span = Span.last(hours, self._clock())
        async with self._database.costly_connection(tenant_of(within)) as connection:
            return await activity.read(connection, within, span)

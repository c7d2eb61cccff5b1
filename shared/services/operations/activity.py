"""What happened in the last day: written by each process, read by the API."""

import asyncio
import time
from contextlib import suppress

import psycopg

from shared.db.kit.pool import AsyncDatabase
from shared.db.operations import activity
from shared.domain.errors import DatabaseUnavailable
from shared.domain.operations.activity import Activity, ActivityCounts, Clock, Span
from shared.domain.refs import Tenant

LOOK_SECONDS = 5.0
"""How often a process looks whether a minute is over. That costs no statement."""


class ActivityService:
    """Stores what a process of the API counts, and returns what all have counted."""

    def __init__(
        self, database: AsyncDatabase, counts: ActivityCounts, clock: Clock = time.time
    ) -> None:
        self._database = database
        self.counts = counts
        self._clock = clock

    async def run(self) -> None:
        """Write each minute until cancelled. While the database does not answer, counts wait."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            with suppress(DatabaseUnavailable, psycopg.Error):
                await self.write()

    async def write(self) -> None:
        """Write the minutes that are over."""
        await self._write(is_last=False)

    async def finish(self) -> None:
        """Write the rest, unless the database does not answer."""
        with suppress(DatabaseUnavailable, psycopg.Error):
            await self._write(is_last=True)

    async def _write(self, *, is_last: bool) -> None:
        if over := self.counts.over(all_=is_last):
            async with self._database.connection() as connection:
                await activity.write_async(connection, over, sample=not is_last)
            self.counts.forget(over)

    async def read(self, tenant: Tenant, hours: int) -> Activity:
        """Return what a tenant did in the last hours; raises DatabaseUnavailable and TooBusy."""
        span = Span.last(hours, self._clock())
        async with self._database.costly_connection(tenant) as connection:
            return await activity.read(connection, tenant, span)

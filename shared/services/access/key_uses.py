"""Stores when keys were last used, apart from the requests that use them."""

import asyncio
import time
from contextlib import suppress

import psycopg

from shared.db.access import keys
from shared.db.kit.pool import EVERY_TENANT, AsyncDatabase
from shared.domain.database_errors import DatabaseUnavailable

STORE_SECONDS = 2.0
REPEAT_SECONDS = 60.0
"""A key's use is stored at most once in this time."""


class KeyUses:
    def __init__(self, database: AsyncDatabase) -> None:
        self._database = database
        self._used: set[str] = set()
        self._stored_at: dict[str, float] = {}

    def note(self, id_: str) -> None:
        if id_ not in self._stored_at:
            self._used.add(id_)

    async def run(self) -> None:
        """Store the uses until cancelled."""
        while True:
            await asyncio.sleep(STORE_SECONDS)
            with suppress(DatabaseUnavailable, psycopg.Error):
                await self.store()

    async def store(self) -> None:
        """Store which keys were used since the last time; raises DatabaseUnavailable."""
        now = time.monotonic()
        recent = {id_: at for id_, at in self._stored_at.items() if at > now - REPEAT_SECONDS}
        self._stored_at = recent
        if self._used:
            async with self._database.fenced(EVERY_TENANT) as connection:
                await keys.note_use(connection, sorted(self._used))
            self._stored_at |= dict.fromkeys(self._used, now)
            self._used.clear()

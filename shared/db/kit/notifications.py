"""The database's notifications, or a beat where a pooler delivers none."""

import asyncio
from collections.abc import AsyncIterator
from typing import LiteralString

import psycopg

from shared.config import Settings
from shared.db.kit.outages import as_unavailable
from shared.db.kit.session import session_options
from shared.domain.database_errors import DatabaseUnavailable, DatabaseUnusable

BEAT_SECONDS = 0.25
_HAS_SESSION: LiteralString = "SELECT current_setting('inkdex.hnsw_m', true)"
_ONLY_A_POOLER = (
    "DATABASE_DIRECT_URL is none, so changes are looked for every "
    f"{BEAT_SECONDS:g} seconds while somebody waits for them"
)
_ALSO_A_POOLER = (
    "DATABASE_DIRECT_URL leads to a connection pooler. Set it to the database's own address, "
    "or to none."
)


class Notifications:
    """A connection of its own, outside the pool."""

    def __init__(self, settings: Settings) -> None:
        self._options = session_options(settings)
        self._can_listen = settings.has_direct_url
        self.missing_because = None if self._can_listen else _ONLY_A_POOLER
        """Why changes are looked for instead of being told, if they are."""

    async def on(self, channel: str) -> AsyncIterator[None]:
        """Yield at each notification on a channel, or at each beat.

        Raises DatabaseUnavailable when the connection cannot be made or breaks.
        """
        if not self._can_listen:
            while True:  # a pooler in transaction mode accepts LISTEN, and delivers nothing
                await asyncio.sleep(BEAT_SECONDS)
                yield
        try:
            async for _ in self._listen(channel):
                yield
        except DatabaseUnavailable as error:
            self.missing_because = f"the database cannot be listened to: {error}"
            raise

    async def _listen(self, channel: str) -> AsyncIterator[None]:
        with as_unavailable():
            async with await psycopg.AsyncConnection.connect(**self._options) as connection:
                await connection.execute(f"LISTEN {channel}")
                row = await (await connection.execute(_HAS_SESSION)).fetchone()
                if row is None or not row["current_setting"]:
                    raise DatabaseUnusable(_ALSO_A_POOLER)
                self.missing_because = None
                async for _ in connection.notifies():
                    yield

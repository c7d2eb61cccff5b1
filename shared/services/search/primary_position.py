"""How far the primary is."""

import asyncio

import psycopg
import structlog

from shared.db.kit.pool import AsyncDatabase
from shared.db.operations import replication
from shared.domain.database_errors import DatabaseUnavailable
from shared.domain.position import Position

log = structlog.get_logger(__name__)

READ_SECONDS = 0.1


class PrimaryPosition:
    """Reads the position. Those who ask at the same time share one statement."""

    def __init__(self, primary: AsyncDatabase) -> None:
        self._primary = primary
        self._next: asyncio.Task[Position | None] | None = None
        self._reading = asyncio.Lock()

    async def read(self) -> Position | None:
        """Return a position behind all that is written by now; None if it takes too long."""
        if self._next is None:
            self._next = asyncio.create_task(self._read())
        reading = self._next
        await asyncio.wait({reading}, timeout=READ_SECONDS)
        return reading.result() if reading.done() else None

    async def _read(self) -> Position | None:
        async with self._reading:
            self._next = None  # who asks from now on needs a statement that begins later
            try:
                async with self._primary.connection() as connection:
                    return await replication.written(connection)
            except (DatabaseUnavailable, psycopg.Error) as error:
                log.warning("primary.position_unknown", reason=str(error) or type(error).__name__)
                return None

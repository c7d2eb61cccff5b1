"""How far the primary is."""

import asyncio

import psycopg
import structlog

from shared.db.kit.pool import AsyncDatabase
from shared.db.operations import replication
from shared.domain.database_errors import DatabaseUnavailable
from shared.domain.position import Position
from shared.services.operations.shared_request import SharedRequest

log = structlog.get_logger(__name__)

READ_SECONDS = 0.1


class PrimaryPosition:
    """Reads the position. Those who ask at the same time share one statement."""

    def __init__(self, primary: AsyncDatabase) -> None:
        self._primary = primary
        self._statement = SharedRequest(self._read)

    async def read(self) -> Position | None:
        """Return a position behind all that is written by now; None if it takes too long."""
        reading = self._statement.asked()
        await asyncio.wait({reading}, timeout=READ_SECONDS)
        return reading.result() if reading.done() else None

    async def _read(self) -> Position | None:
        try:
            async with self._primary.connection() as connection:
                return await replication.written(connection)
        except (DatabaseUnavailable, psycopg.Error) as error:
            log.warning("primary.position_unknown", reason=str(error) or type(error).__name__)
            return None

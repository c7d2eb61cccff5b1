"""Short waits for locks, because others wait for the one who waits."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import LiteralString

from psycopg.errors import LockNotAvailable

from shared.db.kit.pool import AsyncConnection
from shared.domain.errors import TooBusy

_WAIT_SHORTLY: LiteralString = "SET LOCAL lock_timeout = '1s'"


@asynccontextmanager
async def waiting_shortly(connection: AsyncConnection, busy: TooBusy) -> AsyncIterator[None]:
    """Wait up to a second for each lock until the transaction ends; in the block, raise `busy`."""
    await connection.execute(_WAIT_SHORTLY)
    try:
        yield
    except LockNotAvailable:
        raise busy from None

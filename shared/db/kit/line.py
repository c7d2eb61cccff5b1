"""The line of those that wait for a connection of the API's pool."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from psycopg_pool import PoolTimeout

MIN_CONNECT_SECONDS = 0.1


class Line:
    """Lets in as many as there are connections, in the order in which they came.

    The pool has a line too. It hands a connection on in several turns of the event loop, which cost
    a tenth of the searches per second when many clients wait.
    """

    def __init__(self, connections: int, timeout_seconds: float) -> None:
        self._free = asyncio.Semaphore(connections)
        self._timeout = timeout_seconds
        self.waiting = 0

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[float]:
        """Wait for a turn. Yield how many seconds are left to get a connection."""
        self.waiting += 1
        try:
            async with asyncio.timeout(self._timeout) as waiting:
                await self._free.acquire()
        except TimeoutError:
            raise PoolTimeout("all connections are in use") from None
        finally:
            self.waiting -= 1
        try:
            deadline = waiting.when() or 0.0
            yield max(MIN_CONNECT_SECONDS, deadline - asyncio.get_running_loop().time())
        finally:
            self._free.release()

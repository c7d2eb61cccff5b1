"""The moment at which this process begins to stop. Long requests end at it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from shared.domain.errors import ShuttingDown


class Shutdown:
    """Set once, when the server stops accepting connections."""

    is_announced = False
    """Whether the process is about to stop. It still serves."""

    def __init__(self) -> None:
        self._has_begun = False
        self._interruptible: set[asyncio.Timeout] = set()

    def announce(self) -> None:
        """Say that the process will stop, so that nobody sends it more requests."""
        self.is_announced = True

    def begin(self) -> None:
        """Interrupt all blocks of `interrupts`, those to come included."""
        self._has_begun = True
        now = asyncio.get_running_loop().time()
        for block in self._interruptible:
            block.reschedule(now)

    @asynccontextmanager
    async def interrupts(self) -> AsyncIterator[None]:
        """Raise ShuttingDown in the block as soon as the process begins to stop."""
        block = asyncio.timeout(0 if self._has_begun else None)
        try:
            async with block:
                self._interruptible.add(block)
                yield
        except TimeoutError:
            if not block.expired():
                raise
            raise ShuttingDown from None
        finally:
            self._interruptible.discard(block)

    async def until_stop(self, chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        """Yield the chunks of a body; raises ShuttingDown."""
        while True:
            async with self.interrupts():
                chunk = await anext(chunks, None)
            if chunk is None:
                return
            yield chunk

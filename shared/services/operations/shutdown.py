"""The moment at which this process begins to stop. Long requests end at it."""

import asyncio
from collections.abc import AsyncIterator
from typing import TypeVar

from shared.domain.errors import ShuttingDown

T = TypeVar("T")


class Shutdown:
    """Set once, when the server stops accepting connections."""

    def __init__(self) -> None:
        self._stopped = asyncio.Event()

    def begin(self) -> None:
        self._stopped.set()

    async def until_stop(self, items: AsyncIterator[T]) -> AsyncIterator[T]:
        """Yield the items; raises ShuttingDown as soon as the process begins to stop."""
        stopped = asyncio.ensure_future(self._stopped.wait())
        following: asyncio.Future[T] | None = None
        try:
            while True:
                following = asyncio.ensure_future(anext(items))
                await asyncio.wait({following, stopped}, return_when=asyncio.FIRST_COMPLETED)
                if stopped.done():
                    raise ShuttingDown
                try:
                    item = following.result()
                except StopAsyncIteration:
                    return
                yield item
        finally:
            stopped.cancel()
            if following is not None:
                following.cancel()

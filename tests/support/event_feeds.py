"""An event feed that reads new events, as the API runs it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from shared.domain.access.principal import OPEN, Principal
from shared.services.events.event_feed import EventFeed
from shared.services.events.subscribers import Reader


def reader(principal: Principal = OPEN) -> Reader:
    return Reader(principal, "127.0.0.1")


READER = reader()


@asynccontextmanager
async def running(feed: EventFeed) -> AsyncIterator[EventFeed]:
    """Run a feed for the length of a `with` block."""
    task = asyncio.create_task(feed.run())
    try:
        yield feed
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

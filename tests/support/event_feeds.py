"""An event feed that reads new events, as the API runs it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from shared.services.events.event_feed import EventFeed


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

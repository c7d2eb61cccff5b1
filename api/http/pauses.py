"""Tells a reader of slow events that they still come."""

import asyncio
from collections.abc import AsyncIterator
from typing import TypeVar

T = TypeVar("T")


async def with_pauses(events: AsyncIterator[T], seconds: float) -> AsyncIterator[T | None]:
    """Yield the events, and None after each pause of so many seconds."""
    pending: asyncio.Task[T | None] | None = None
    try:
        while True:
            pending = pending or asyncio.create_task(_next(events))
            await asyncio.wait({pending}, timeout=seconds)
            if not pending.done():
                yield None
                continue
            event, pending = pending.result(), None
            if event is None:
                return
            yield event
    finally:
        if pending is not None:
            pending.cancel()
            await asyncio.wait({pending})


async def _next(events: AsyncIterator[T]) -> T | None:
    """Return the next event, or None at the end."""
    return await anext(events, None)

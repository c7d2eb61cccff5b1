"""Work beside the requests, from the start to the end of a process."""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import asynccontextmanager
from typing import Any

CANCEL_AGAIN_SECONDS = 0.2


async def together(*works: Coroutine[Any, Any, None]) -> None:
    """Run until cancelled, or until one of the works fails or all have ended."""
    tasks = [asyncio.create_task(work) for work in works]
    try:
        await asyncio.gather(*tasks)
    finally:
        await _end(tasks)


@asynccontextmanager
async def in_background(*works: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Run works during the block. Raises at its end what one of them raised."""
    tasks = [asyncio.create_task(work) for work in works]
    try:
        yield
    finally:
        await _end(tasks)
    for task in tasks:
        if not task.cancelled():
            task.result()


def failure_seen(work: asyncio.Future[Any]) -> None:
    """Take the error of work that nobody may wait for any more. Otherwise asyncio reports it."""
    if not work.cancelled():
        work.exception()


async def _end(tasks: Sequence[asyncio.Task[None]]) -> None:
    """Cancel tasks until they have ended.

    Before Python 3.12, asyncio.wait_for loses a cancellation that comes together with its result.
    The pool of connections waits by it.
    """
    left = set(tasks)
    while left:
        for task in left:
            task.cancel()
        _, left = await asyncio.wait(left, timeout=CANCEL_AGAIN_SECONDS)

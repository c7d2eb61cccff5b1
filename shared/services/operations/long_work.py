"""Turns of long work, so that large requests do not keep the event loop from short ones."""

import asyncio
import time

WORK_SECONDS = 0.005


class LongWork:
    """The long work of all requests. In each turn of the event loop, one of them continues."""

    def __init__(self) -> None:
        self._turn = asyncio.Lock()

    async def next_turn(self) -> None:
        """Let all others run before this request continues."""
        async with self._turn:
            await asyncio.sleep(0)

    def pauses(self) -> "Pauses":
        return Pauses(self)


class Pauses:
    """Ends a request's turn whenever it has worked for WORK_SECONDS."""

    def __init__(self, work: LongWork) -> None:
        self._work = work
        self._since = time.perf_counter()

    async def pause(self) -> None:
        if time.perf_counter() - self._since > WORK_SECONDS:
            await self._work.next_turn()
            self._since = time.perf_counter()

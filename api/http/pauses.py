"""Pauses of long work, so that one request never keeps the event loop from the others."""

import asyncio
import time

WORK_SECONDS = 0.005


class Pauses:
    """Lets other requests run whenever this one has worked for WORK_SECONDS."""

    def __init__(self) -> None:
        self._since = time.perf_counter()

    async def pause(self) -> None:
        if time.perf_counter() - self._since > WORK_SECONDS:
            await asyncio.sleep(0)
            self._since = time.perf_counter()

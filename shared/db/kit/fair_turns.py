"""Turns for work that takes long, which tenants have one after the other."""

import asyncio
from collections import Counter, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from shared.domain.refs import Tenant

Turn = asyncio.Future[None]


class FairTurns:
    """Limits work. A free turn goes to the tenant that has the fewest, of those that wait."""

    def __init__(self, most: int) -> None:
        self._free = most
        self._running = Counter[Tenant]()
        self._waiting: dict[Tenant, deque[Turn]] = {}

    @asynccontextmanager
    async def turn(self, tenant: Tenant, seconds: float) -> AsyncIterator[None]:
        """Have a turn inside the block. Raises TimeoutError if there is none for so long."""
        await self._acquire(tenant, seconds)
        try:
            yield
        finally:
            self._release(tenant)

    async def _acquire(self, tenant: Tenant, seconds: float) -> None:
        if self._free:
            self._free -= 1
            self._running[tenant] += 1
            return
        turn: Turn = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(tenant, deque()).append(turn)
        try:
            async with asyncio.timeout(seconds):
                await turn
        except BaseException:
            if turn.cancelled():
                self._forget(tenant, turn)
            else:
                self._release(tenant)  # it was given at the same moment
            raise

    def _release(self, tenant: Tenant) -> None:
        self._running[tenant] -= 1
        if not self._running[tenant]:
            del self._running[tenant]
        self._free += 1
        while self._free and self._waiting:
            self._give()

    def _give(self) -> None:
        """Give a free turn to the one of the next tenant that has waited longest."""
        tenant = min(self._waiting, key=self._running.__getitem__)
        turn = self._waiting[tenant][0]
        self._forget(tenant, turn)
        if not turn.cancelled():
            self._free -= 1
            self._running[tenant] += 1
            turn.set_result(None)

    def _forget(self, tenant: Tenant, turn: Turn) -> None:
        waiting = self._waiting.get(tenant, deque())
        if turn in waiting:
            waiting.remove(turn)
            if not waiting:
                del self._waiting[tenant]

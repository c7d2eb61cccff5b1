"""Whether any of several servers answers."""

import asyncio
from collections.abc import Sequence

from shared.ports.health import HealthCheck


class AnyServer:
    """Implements `shared.ports.health.HealthCheck`. The others do the work of one that is down."""

    def __init__(self, servers: Sequence[HealthCheck]) -> None:
        self._servers = servers

    async def check(self) -> None:
        """Return if a server answers; raises the error of the first one."""
        running = {asyncio.create_task(each.check()) for each in self._servers}
        errors: list[BaseException | None] = []
        try:
            while running and None not in errors:
                done, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
                errors += [task.exception() for task in done]
        finally:
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)
        if errors[0] and None not in errors:
            raise errors[0]

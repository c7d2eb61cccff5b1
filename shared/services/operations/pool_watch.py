"""Measures how much of the pool of connections is in use."""

import asyncio

from shared.db.kit.pool import AsyncDatabase
from shared.ports.meters import ApiMeter

LOOK_SECONDS = 1.0


async def watch_pool(database: AsyncDatabase, meter: ApiMeter) -> None:
    """Measure it again and again until cancelled."""
    while True:
        meter.pool_used(database.pool_use())
        await asyncio.sleep(LOOK_SECONDS)

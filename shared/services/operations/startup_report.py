"""Logs why the API cannot work yet: a database or a broker that does not answer or fit."""

import asyncio

import structlog

from shared.services.operations.status import StatusService

NEEDED = ("postgres", "redis")
EVERY_SECONDS = 2.0

log = structlog.get_logger()


async def report_startup(status: StatusService) -> None:
    """Log each problem once, until there are none."""
    logged: dict[str, str] = {}
    while True:
        parts = await status.parts()
        problems = {name: parts[name].detail for name in NEEDED if not parts[name].ok}
        for name, detail in problems.items():
            if logged.get(name) != detail:
                log.error("startup.waiting", part=name, detail=detail)
        if not problems:
            return
        logged = problems
        await asyncio.sleep(EVERY_SECONDS)

"""How the system is: figures of the whole, and which of its parts answer."""

import asyncio
from typing import Any

from shared.config import Settings
from shared.db.kit.pool import AsyncDatabase
from shared.db.operations import statistics
from shared.domain.errors import DatabaseUnavailable
from shared.domain.operations.durations import Percentiles, RequestDurations, percentiles
from shared.domain.operations.statistics import PartHealth
from shared.ports.health import HealthCheck
from shared.services.operations.cached_probe import CachedProbe

PART_SECONDS = 1.5
FIGURES_SHARE = 0.1
"""Of the time, at most, is spent on counting: of a million documents it takes a while."""


class StatusService:
    """Asks the parts how they are, and the database how much there is."""

    def __init__(
        self,
        settings: Settings,
        database: AsyncDatabase,
        redis: HealthCheck,
        ollama: HealthCheck,
        requests: RequestDurations,
    ) -> None:
        self._configured_model = settings.embedding_model
        self._database = database
        self._requests = requests
        self._redis = CachedProbe(lambda: _check(redis))
        self._ollama = CachedProbe(lambda: _check(ollama))
        self._figures = CachedProbe(self._read_figures, most_of_time=FIGURES_SHARE)
        self._ping = CachedProbe(self._read_ping)

    async def parts(self) -> dict[str, PartHealth]:
        """Return the state of postgres, redis, ollama and worker."""
        redis, ollama, (postgres, worker) = await asyncio.gather(
            self._redis.get(), self._ollama.get(), self._postgres_and_worker()
        )
        return {"postgres": postgres, "redis": redis, "ollama": ollama, "worker": worker}

    async def figures(self) -> dict[str, Any]:
        """Return counts, ages and rates; raises DatabaseUnavailable."""
        return await self._figures.get()

    async def latency(self) -> dict[str, Percentiles]:
        """Return percentiles of the last minute; raises DatabaseUnavailable.

        `write` and `search` are those of this process, `waiting` and `embedding` of all workers.
        """
        figures = await self._figures.get()
        return {
            "write": percentiles(self._requests.write.milliseconds()),
            "search": percentiles(self._requests.search.milliseconds()),
            "waiting": percentiles(figures["waiting"]),
            "embedding": percentiles(figures["embedding"]),
        }

    def model_note(self, active: str | None) -> str | None:
        """Return what to say when the configured model is not the one in use."""
        if active is None or active == self._configured_model:
            return None
        return (
            f"EMBEDDING_MODEL is {self._configured_model!r}, but this database is embedded with "
            f"{active!r} and keeps it. Set EMBEDDING_MODEL={active}, or start with an empty one."
        )

    async def _postgres_and_worker(self) -> tuple[PartHealth, PartHealth]:
        try:
            row = await self._ping.get()
        except DatabaseUnavailable as error:
            unknown = PartHealth(ok=False, detail="unknown while PostgreSQL does not answer")
            return PartHealth(ok=False, detail=str(error)), unknown
        return PartHealth(ok=True, detail="answers"), self._worker(row)

    def _worker(self, row: dict[str, Any]) -> PartHealth:
        if not row["workers"]:
            return PartHealth(ok=False, detail="no worker has been seen in the last 10 seconds")
        if row["paused"] == row["workers"]:
            return PartHealth(ok=False, detail=f"paused: {row['paused_reason']}")
        note = self.model_note(row["model"])
        return PartHealth(ok=note is None, detail=note or f"{row['workers']} running")

    async def _read_figures(self) -> dict[str, Any]:
        async with self._database.connection() as connection:
            return await statistics.snapshot(connection) | await statistics.durations(connection)

    async def _read_ping(self) -> dict[str, Any]:
        async with self._database.connection() as connection:
            return await statistics.ping(connection)


async def _check(part: HealthCheck) -> PartHealth:
    try:
        async with asyncio.timeout(PART_SECONDS):
            await part.check()
    except TimeoutError:
        return PartHealth(ok=False, detail=f"did not answer within {PART_SECONDS:g} seconds")
    except Exception as error:  # noqa: BLE001 - whatever it is, it is the answer
        return PartHealth(ok=False, detail=(str(error) or type(error).__name__).splitlines()[0])
    return PartHealth(ok=True, detail="answers")

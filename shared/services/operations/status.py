"""The state of the system: its statistics, and which parts answer."""

import asyncio
from functools import partial

import structlog

from shared.config import Settings
from shared.db.embedding import shares
from shared.db.kit.pool import AsyncDatabase
from shared.db.kit.schema import REVISION
from shared.db.operations import databases, statistics
from shared.domain.database_errors import DatabaseUnavailable, WritesRefused
from shared.domain.embedding.fair_shares import UsedShare
from shared.domain.errors import InkdexError, describe
from shared.domain.operations.durations import Percentiles, RequestDurations, percentiles
from shared.domain.operations.statistics import (
    PartHealth,
    PartState,
    Presence,
    TenantStatistics,
)
from shared.domain.reasons import UnavailableReason, WriteRefusal
from shared.domain.refs import Tenant
from shared.ports.health import HealthCheck
from shared.services.operations.cached_probe import CachedProbe

log = structlog.get_logger()

CHECK_TIMEOUT_SECONDS = 1.5
ROOM_EVERY_SECONDS = 15.0
"""Checking the room on the disk writes a temporary file."""
STATISTICS_SHARE = 0.1
"""Counting never takes more than this share of the time. A million documents take a while."""

SHARES_MAX = 300


class StatusService:
    """Checks the parts of the system and reads its statistics."""

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
        self._redis = CachedProbe(lambda: _check(redis), keep_if=_works)
        self._ollama = CachedProbe(lambda: _check(ollama), keep_if=_works)
        self._statistics: dict[Tenant, CachedProbe[TenantStatistics]] = {}
        self._shares = CachedProbe(self._read_shares, max_share=STATISTICS_SHARE)
        self._presence = CachedProbe(self._read_presence)
        self._schema = CachedProbe(database.schema)
        self._room = CachedProbe(self._check_room, ROOM_EVERY_SECONDS)

    async def parts(self) -> dict[str, PartHealth]:
        """Return the health of postgres, redis, ollama and worker."""
        redis, ollama, (postgres, worker) = await asyncio.gather(
            self._redis.get(), self._ollama.get(), self._postgres_and_worker()
        )
        return {"postgres": postgres, "redis": redis, "ollama": ollama, "worker": worker}

    async def statistics(self, tenant: Tenant) -> TenantStatistics:
        """Return a tenant's counts, ages and rates; raises DatabaseUnavailable."""
        if tenant not in self._statistics:
            read = partial(self._read_statistics, tenant)
            self._statistics[tenant] = CachedProbe(read, max_share=STATISTICS_SHARE)
        return await self._statistics[tenant].get()

    async def latency(self, tenant: Tenant) -> dict[str, Percentiles]:
        """Return a tenant's percentiles of the last minute; raises DatabaseUnavailable.

        `write` and `search` are of the API's processes, `waiting` and `embedding` of all workers.
        The calls of the model are those for all tenants.
        """
        durations = (await self.statistics(tenant)).durations
        return {
            "write": percentiles(self._requests.write.milliseconds(tenant)),
            "search": percentiles(self._requests.search.milliseconds(tenant)),
            "waiting": percentiles(durations.waiting),
            "embedding": percentiles(durations.embedding),
        }

    async def shares(self) -> list[UsedShare]:
        """Return which tenants have used most of the model; raises DatabaseUnavailable."""
        return await self._shares.get()

    async def _read_shares(self) -> list[UsedShare]:
        async with self._database.connection() as connection:
            return await shares.most_used(connection, SHARES_MAX)

    def model_note(self, active: str | None) -> str | None:
        """Return a warning if the configured model is not the one in use."""
        if active is None or active == self._configured_model:
            return None
        return (
            f"EMBEDDING_MODEL is {self._configured_model!r}, but the documents of this database "
            f"are embedded with {active!r}. Set EMBEDDING_MODEL={active}, or start with an empty "
            "database."
        )

    async def revisions(self) -> tuple[str | None, str]:
        """Return the revision of the database's schema and the one that this code needs.

        The first is None if it is unknown.
        """
        try:
            return (await self._schema.get()).revision, REVISION
        except DatabaseUnavailable:
            return None, REVISION

    async def _postgres_and_worker(self) -> tuple[PartHealth, PartHealth]:
        try:
            presence = await self._presence.get()
        except DatabaseUnavailable as error:
            unknown = "unknown while PostgreSQL serves no requests"
            return (
                PartHealth(PartState.DOWN, str(error)),
                PartHealth(PartState.UNKNOWN, unknown),
            )
        refusal = self._database.recent_refusal or await self._refusal()
        if refusal:
            postgres = PartHealth(PartState(refusal.reason), refusal.reason.meaning)
        else:
            missing = self._database.notifications.missing_because
            postgres = PartHealth(PartState.WORKS, f"answers. {missing}" if missing else "answers")
        return postgres, self._worker(presence, refusal)

    async def _refusal(self) -> WritesRefused | None:
        try:
            await self._room.get()
        except WritesRefused as error:
            return error
        except DatabaseUnavailable:
            pass  # another limit, such as temp_file_limit, says nothing about the disk
        return None

    def _worker(self, presence: Presence, refusal: WritesRefused | None) -> PartHealth:
        if not presence.workers and refusal:
            detail = "unknown while PostgreSQL stores no heartbeats"
            return PartHealth(PartState.UNKNOWN, detail)
        if not presence.workers:
            detail = "no worker has been seen in the last 10 seconds"
            return PartHealth(PartState.DOWN, detail)
        if presence.paused == presence.workers:
            return PartHealth(PartState.PAUSED, _pause(presence.paused_reason))
        if note := self.model_note(presence.model):
            return PartHealth(PartState.MISCONFIGURED, note)
        return PartHealth(PartState.WORKS, f"{presence.workers} running")

    async def _read_statistics(self, tenant: Tenant) -> TenantStatistics:
        async with self._database.snapshot() as connection:
            return await statistics.of_tenant(connection, tenant)

    async def _check_room(self) -> bool:
        async with self._database.connection() as connection:
            await databases.check_room_async(connection)
        return True

    async def _read_presence(self) -> Presence:
        (await self._schema.get()).require()
        async with self._database.connection() as connection:
            return await statistics.presence(connection)


async def _check(part: HealthCheck) -> PartHealth:
    try:
        async with asyncio.timeout(CHECK_TIMEOUT_SECONDS):
            await part.check()
    except TimeoutError:
        detail = f"did not answer within {CHECK_TIMEOUT_SECONDS:g} seconds"
        return PartHealth(PartState.DOWN, detail)
    except InkdexError as error:
        return PartHealth(PartState.DOWN, str(error))
    except Exception as error:  # noqa: BLE001 - any error is the answer
        log.warning("check.failed", detail=describe(error))
        return PartHealth(PartState.DOWN, "does not answer as expected")
    return PartHealth(PartState.WORKS, "answers")


def _works(part: PartHealth) -> bool:
    return part.ok


def _pause(reason: str | None) -> str:
    """Return a reason with its meaning. A newer worker may have a reason that is unknown here."""
    known = {**UnavailableReason.__members__, **WriteRefusal.__members__}.values()
    meaning = next((f". {each.meaning}" for each in known if each == reason), "")
    return f"paused: {reason}{meaning}"

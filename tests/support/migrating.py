"""A worker that migrates, one step at a time."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from shared.db.kit.pool import AsyncDatabase, Database
from shared.domain.access.principal import OPEN
from shared.domain.documents.document import Lane
from shared.domain.model_errors import ModelUnavailable
from shared.domain.models.identity import ModelIdentity
from shared.domain.models.migration import (
    Cutover,
    Migration,
    MigrationAction,
    MigrationRequest,
    MigrationState,
)
from shared.services.maintenance.index_builder import IndexBuilder
from shared.services.maintenance.migration_engine import MigrationEngine
from shared.services.migrations.preflight import PreflightService
from shared.services.migrations.service import MigrationService
from tests.support.collections import named
from tests.support.worker_harness import WorkerHarness

STEPS = 60
OTHER = "other-model"
EMBEDDED = """
SELECT d.id, m.name AS model, e.content_hash = d.content_hash AS fresh
FROM embeddings e JOIN documents d ON d.key = e.document_key
JOIN embedding_models m ON m.id = e.model_id ORDER BY m.name, d.id
"""


class Migrating:
    """A worker that migrates, one step at a time."""

    def __init__(
        self, harness: WorkerHarness, database: Database, async_database: AsyncDatabase
    ) -> None:
        preflight = PreflightService(async_database, harness.embedder, 0)
        self.service = MigrationService(async_database, preflight)
        self._harness = harness
        self._database = database
        self._engine = MigrationEngine(database, lambda _: None)
        self._indexes = IndexBuilder(database)

    async def start(self, cutover: Cutover = Cutover.AUTO, hours: float = 24.0) -> Migration:
        identity = ModelIdentity(OTHER, chunk_tokens=64)
        return await self.service.start(
            OPEN, MigrationRequest(named("c"), identity, cutover, hours)
        )

    async def step(self, lanes: Sequence[Lane] = tuple(Lane)) -> None:
        self._harness.servers._refresh_at = 0.0  # as half a second later
        for server in self._harness.servers.in_use():
            with suppress(ModelUnavailable):
                server.served_by[0].model.verified()
        await asyncio.to_thread(self._indexes.work)
        await asyncio.to_thread(self.work)
        self.do("UPDATE model_migrations SET queries_embedded_at = now() WHERE state = 'ready'")
        for lane in lanes:
            await self._harness.work(lane)

    def work(self) -> None:
        """Take the engine's part of a step."""
        self._engine.work()

    async def until(self, migration: Migration, *states: MigrationState) -> Migration:
        for _ in range(STEPS):
            found = await self.get(migration)
            if found.state in states:
                return found
            await self.step()
        raise AssertionError(f"the migration is {found.state}: {found.detail}")

    async def until_queued(self) -> None:
        for _ in range(STEPS):
            if self.rows("SELECT FROM jobs WHERE lane = 'backfill'"):
                return
            await self.step(lanes=())
        raise AssertionError("nothing is queued")

    async def get(self, migration: Migration) -> Migration:
        return await self.service.get(named("c"), migration.number)

    async def act(self, migration: Migration, action: str, *allowed: str) -> Migration:
        return await self.service.act(
            OPEN, named("c"), migration.number, MigrationAction(action), allowed
        )

    def rows(self, query: str) -> list[dict[str, Any]]:
        with self._database.connection() as connection:
            return connection.execute(query).fetchall()

    def do(self, statement: str) -> None:
        with self._database.connection() as connection:
            connection.execute(statement)

    def embedded(self, model: str) -> list[str]:
        """Return the documents whose latest text is embedded under a model."""
        return [row["id"] for row in self.rows(EMBEDDED) if row["model"] == model and row["fresh"]]

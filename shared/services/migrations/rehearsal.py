"""Asks recent queries of a collection's new model before searches do.

It fills the caches of query vectors, and measures how alike the results of both models are.
"""

import asyncio
import math
import time
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from secrets import SystemRandom
from statistics import fmean
from typing import Any

import psycopg
import structlog

from shared.db.kit.pool import AsyncConnection, AsyncDatabase
from shared.db.migrations import migrations
from shared.db.models import embedding_models
from shared.db.search import recent_queries, search
from shared.db.search.search import SearchMemory
from shared.domain.database_errors import DatabaseUnavailable
from shared.domain.errors import TooBusy, describe
from shared.domain.model_errors import ModelUnavailable, TextRejected
from shared.domain.models.embedding_model import EmbeddingModel
from shared.domain.models.migration import Migration, MigrationState
from shared.domain.refs import DocumentRef
from shared.domain.search.query import Query, QueryVector
from shared.domain.search.scope import Scope
from shared.services.search.query_embeddings import QueryEmbeddings

EVERY_SECONDS = 2.0
EMBEDDED_QUERIES = 200
EMBED_AGAIN_SECONDS = 600.0
"""While the cut-over waits, other queries become frequent."""
COMPARED_QUERIES = 20
COMPARED_HITS = 10
COMPARE_AGAIN_SECONDS = {
    MigrationState.FILLING: 30.0,
    MigrationState.READY: 30.0,
    MigrationState.SWITCHED: math.inf,
}
"""By the states in which models are compared. After the cut-over all documents are there."""
FAILURES = (ModelUnavailable, DatabaseUnavailable, TooBusy, psycopg.Error)

log = structlog.get_logger()


@dataclass(slots=True)
class _Rehearsed:
    """What this process knows of a migration, and when it does which part again."""

    state: MigrationState
    comparison: Mapping[str, Any] | None
    compare_at: float = 0.0
    embed_at: float = 0.0
    has_failed: bool = False


class Rehearsal:
    """Rehearses the running migrations, one query after the other. A search waits for one at most.

    Each process fills its own cache. It finds in Redis what another one has embedded.
    """

    def __init__(self, database: AsyncDatabase, queries: QueryEmbeddings) -> None:
        self._database = database
        self._queries = queries
        self._memory = SearchMemory()
        self._known: dict[int, _Rehearsed] = {}

    async def run(self) -> None:
        """Rehearse until cancelled. What fails is tried again."""
        while True:
            with suppress(DatabaseUnavailable, psycopg.Error):
                await self.rehearse()
            await asyncio.sleep(EVERY_SECONDS)

    async def rehearse(self) -> None:
        """Do what is due for each running migration."""
        async with self._database.connection() as connection:
            running = await migrations.running_async(connection)
        self._known = {migration.id: self._follow(migration) for migration in running}
        for migration in running:
            for part in (self._compare_if_due, self._embed_if_due):
                try:
                    await part(migration, self._known[migration.id])
                except Exception as error:  # noqa: BLE001 - the cut-over waits for it
                    self._log_first(migration, error)

    def _follow(self, migration: Migration) -> _Rehearsed:
        """Return what is known of a migration. All is due again in a new state.

        A comparison that another process has made is not due here.
        """
        known = self._known.get(migration.id)
        if known is None or known.state is not migration.state:
            return _Rehearsed(migration.state, migration.comparison)
        if known.comparison != migration.comparison:
            known.comparison = migration.comparison
            known.compare_at = max(known.compare_at, _compare_again_at(migration))
        return known

    def _log_first(self, migration: Migration, error: Exception) -> None:
        known = self._known[migration.id]
        if not known.has_failed:
            is_known = isinstance(error, FAILURES)
            log.warning(
                "rehearsal.failed",
                tenant=migration.collection.tenant.name,
                migration=migration.id,
                detail=describe(error),
                exc_info=not is_known,
            )
        known.has_failed = True

    async def _embed_if_due(self, migration: Migration, known: _Rehearsed) -> None:
        if migration.paused or migration.state is not MigrationState.READY:
            return
        if time.monotonic() >= known.embed_at or not migration.queries_are_embedded:
            await self._embed(migration)
            known.embed_at = time.monotonic() + EMBED_AGAIN_SECONDS

    async def _embed(self, migration: Migration) -> None:
        """Embed the most frequent queries under the new model, and record it."""
        async with self._database.connection() as connection:
            model = await _read_model(connection, migration.to_model.id)
            frequent = await recent_queries.frequent(
                connection, migration.collection, EMBEDDED_QUERIES
            )
        # Processes that work at the same time share the queries if their orders differ.
        SystemRandom().shuffle(frequent)
        for query in frequent:
            await self._vector(model, query)
        if not migration.queries_are_embedded:
            await self._update(migration, queries_embedded_at=_not_before(migration.filled_at))

    async def _compare_if_due(self, migration: Migration, known: _Rehearsed) -> None:
        if migration.paused or not _can_be_compared(migration):
            return
        if time.monotonic() >= known.compare_at:
            known.compare_at = _compare_again_at(migration)
            await self._compare(migration)

    async def _compare(self, migration: Migration) -> None:
        """Measure the overlap of both models' first hits for frequent queries, and record it."""
        async with self._database.connection() as connection:
            former = await _read_model(connection, migration.from_model.id)
            new = await _read_model(connection, migration.to_model.id)
            frequent = await recent_queries.frequent(
                connection, migration.collection, COMPARED_QUERIES
            )
        scope = Scope(migration.collection)
        found = [await self._overlap((former, new), scope, query) for query in frequent]
        overlaps = [overlap for overlap in found if overlap is not None]
        if overlaps:
            comparison = {
                "queries": len(overlaps),
                "overlap_at_10": round(fmean(overlaps), 3),
                "documents": migration.progress["embedded"],
            }
            await self._update(migration, comparison=comparison)

    async def _update(self, migration: Migration, **changes: Any) -> None:  # noqa: ANN401
        async with self._database.connection() as connection:
            await migrations.update_async(connection, migration, **changes)

    async def _overlap(
        self, models: Sequence[EmbeddingModel], scope: Scope, query: str
    ) -> float | None:
        """Return the part of hits that two models share, or None if a query has none."""
        vectors = [await self._vector(model, query) for model in models]
        hits = [await self._hits(scope, vector) for vector in vectors if vector is not None]
        return overlap(*hits) if len(hits) == len(models) else None

    async def _hits(self, scope: Scope, vector: QueryVector) -> AbstractSet[DocumentRef]:
        query = Query("", vector, by_words=False, limit=COMPARED_HITS, rehearsed=True)
        async with self._database.costly_connection(scope.tenant) as connection:
            page = await search.search(connection, query, scope, self._memory)
        return {hit.ref for hit in page.hits}

    async def _vector(self, model: EmbeddingModel, query: str) -> QueryVector | None:
        """Return the query's vector, or None if the model rejects the query."""
        try:
            vector, _ = await self._queries.get(model, query)
        except TextRejected:
            return None
        return QueryVector(model.id, len(vector), vector)


def overlap(first: AbstractSet[DocumentRef], second: AbstractSet[DocumentRef]) -> float | None:
    """Return the part of the larger set that both share, or None if both are empty."""
    most = max(len(first), len(second))
    return len(first & second) / most if most else None


def _can_be_compared(migration: Migration) -> bool:
    """Return whether documents were embedded under the new model since the last comparison."""
    embedded = migration.progress.get("embedded", 0)
    compared = (migration.comparison or {}).get("documents")
    return migration.state in COMPARE_AGAIN_SECONDS and embedded > 0 and embedded != compared


def _compare_again_at(migration: Migration) -> float:
    return time.monotonic() + COMPARE_AGAIN_SECONDS.get(migration.state, math.inf)


def _not_before(filled_at: datetime | None) -> datetime:
    """Return the present time. The clock of the worker that filled may be ahead."""
    now = datetime.now(UTC)
    return max(now, filled_at or now)


async def _read_model(connection: AsyncConnection, model_id: int) -> EmbeddingModel:
    model = await embedding_models.read_async(connection, model_id)
    assert model is not None, "a migration refers to the model"
    return model

"""Recent queries are embedded and compared under a new model before searches use it."""

import asyncio
import math
from collections.abc import Callable, Coroutine, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from structlog.testing import capture_logs

from shared.config import Settings
from shared.db.kit.pool import AsyncDatabase, Database
from shared.db.migrations import migrations
from shared.db.models import embedding_models
from shared.db.search import recent_queries
from shared.domain.documents.document import Lane
from shared.domain.embedding.vectors import Embeddings, Vector
from shared.domain.model_errors import ModelUnavailable, TextRejected
from shared.domain.models.identity import ModelIdentity
from shared.domain.models.migration import Cutover, Migration, NewMigration
from shared.domain.reasons import RejectionCode, UnavailableReason
from shared.domain.refs import DEFAULT_TENANT
from shared.ports.meters import ApiMeter
from shared.services.documents.service import DocumentService
from shared.services.migrations import rehearsal
from shared.services.migrations.rehearsal import Rehearsal, overlap
from shared.services.search.query_embeddings import QueryEmbeddings
from shared.services.search.query_servers import QueryServers
from tests.services.search.test_query_embeddings import FakeCache
from tests.support.collections import named
from tests.support.query_fakes import EmbedsQueries
from tests.support.worker_harness import (
    DIMENSIONS,
    FakeEmbedder,
    RecordedWakeUps,
    WorkerHarness,
    make_harness,
    new,
)

pytestmark = pytest.mark.anyio

DOCUMENTS = 12
NEW_MODEL = "new-model"
GONE = ModelUnavailable(UnavailableReason.MODEL_MISSING, "The model is not there.")


def direction(step: int) -> list[float]:
    """Return a vector that is further from the first axis for each step."""
    angle = math.radians(5 * step)
    return [math.cos(angle), math.sin(angle), *[0.0] * (DIMENSIONS - 2)]


class OpposedModels(FakeEmbedder):
    """The nearest documents of one model are the farthest of the other."""

    def embed(self, model: str, texts: Sequence[str], dimensions: int | None = None) -> Embeddings:
        assert dimensions is None
        steps = [int("".join(filter(str.isdigit, text)) or 0) for text in texts]
        if model == NEW_MODEL:
            steps = [DOCUMENTS - 1 - step for step in steps]
        return Embeddings([direction(step) for step in steps])


@dataclass
class ObservedQueryEmbedder(EmbedsQueries):
    """Records the queries by model. A model in `faults` fails."""

    texts: list[tuple[str, str]] = field(default_factory=list)
    faults: dict[str, Exception] = field(default_factory=dict)
    rejected: str | None = None
    on_embed: Callable[[], Coroutine[Any, Any, None]] | None = None

    async def embed_query(
        self,
        model: str,
        text: str,
        dimensions: int | None = None,  # noqa: ARG002
    ) -> Vector:
        if self.on_embed:
            await self.on_embed()
        if fault := self.faults.get(model):
            raise fault
        if text == self.rejected:
            raise TextRejected(RejectionCode.TOO_LONG, "The model can't read it.")
        self.texts.append((model, text))
        return direction(0)

    async def digest(self, model: str) -> str:
        if fault := self.faults.get(model):
            raise fault
        return "sha256-of-weights"


@pytest.fixture
def harness(settings: Settings, database: Database, wake_ups: RecordedWakeUps) -> WorkerHarness:
    return make_harness(settings, database, OpposedModels(), wake_ups)


@pytest.fixture
def embedder() -> ObservedQueryEmbedder:
    return ObservedQueryEmbedder()


@pytest.fixture
def rehearse(async_database: AsyncDatabase, embedder: ObservedQueryEmbedder) -> Rehearsal:
    queries = QueryEmbeddings(QueryServers([embedder]), FakeCache(), 5, 1000, ApiMeter())
    return Rehearsal(async_database, queries)


@pytest.fixture
async def migration(
    harness: WorkerHarness, documents: DocumentService, async_database: AsyncDatabase
) -> int:
    """Return the id of a migration whose documents are embedded under both models."""
    harness.servers.in_use()
    async with async_database.connection() as connection:
        model = await embedding_models.register_async(
            connection,
            DEFAULT_TENANT,
            ModelIdentity(NEW_MODEL, query_prefix="new: ", chunk_tokens=256),
            direction(DOCUMENTS - 1),
        )
        started = NewMigration(named("c"), model, Cutover.MANUAL, 24, {})
        id_ = await migrations.start(connection, started)
    for number in range(DOCUMENTS):
        await documents.create(new(str(number), f"document {number}"))
    await asyncio.to_thread(embed_under_both, harness)
    assert id_ is not None
    return id_


def embed_under_both(harness: WorkerHarness) -> None:
    harness.servers._refresh_at = 0
    while harness.embedding.work(Lane.INTERACTIVE).ready:
        pass


async def change(database: AsyncDatabase, **columns: object) -> None:
    async with database.connection() as connection:
        (running,) = await migrations.running_async(connection)
        await migrations.update_async(connection, running, **columns)


async def become_ready(database: AsyncDatabase, filled_at: datetime | None = None) -> None:
    await change(database, state="ready", filled_at=filled_at or datetime.now(UTC))


async def start_filling(database: AsyncDatabase, embedded: int = DOCUMENTS) -> None:
    await change(database, state="filling", progress={"embedded": embedded})


async def searched(database: AsyncDatabase, **searches: int) -> None:
    async with database.connection() as connection:
        await recent_queries.add(
            connection, {(named("c"), text): n for text, n in searches.items()}
        )


async def current(database: AsyncDatabase) -> Migration:
    async with database.connection() as connection:
        (running,) = await migrations.running_async(connection)
    return running


@pytest.mark.usefixtures("migration")
async def test_the_most_frequent_queries_are_embedded_once_all_documents_are(
    rehearse: Rehearsal,
    async_database: AsyncDatabase,
    embedder: ObservedQueryEmbedder,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(rehearsal, "EMBEDDED_QUERIES", 2)
    await searched(async_database, often=5, sometimes=3, rarely=1)
    await change(async_database, state="filling")
    await rehearse.rehearse()
    assert embedder.texts == []
    await become_ready(async_database)
    for _ in range(2):
        await rehearse.rehearse()
    assert sorted(embedder.texts) == [(NEW_MODEL, "new: often"), (NEW_MODEL, "new: sometimes")]
    assert (await current(async_database)).queries_are_embedded


@pytest.mark.usefixtures("migration")
async def test_documents_that_were_filled_again_need_the_queries_again(
    rehearse: Rehearsal, async_database: AsyncDatabase
) -> None:
    await become_ready(async_database)
    await rehearse.rehearse()
    assert (await current(async_database)).queries_are_embedded
    # The clock of the worker is ahead.
    await become_ready(async_database, datetime.now(UTC) + timedelta(minutes=5))
    assert not (await current(async_database)).queries_are_embedded
    await rehearse.rehearse()
    assert (await current(async_database)).queries_are_embedded


@pytest.mark.usefixtures("migration")
async def test_a_failure_is_logged_once_and_tried_again(
    rehearse: Rehearsal, async_database: AsyncDatabase, embedder: ObservedQueryEmbedder
) -> None:
    await searched(async_database, secret=1)
    await become_ready(async_database)
    embedder.faults[NEW_MODEL] = GONE
    with capture_logs() as logs:
        for _ in range(3):
            await rehearse.rehearse()
    assert [each["event"] for each in logs] == ["rehearsal.failed"]
    assert "secret" not in str(logs)
    assert (await current(async_database)).queries_embedded_at is None
    embedder.faults.clear()
    async with asyncio.timeout(10):
        while not (await current(async_database)).queries_are_embedded:
            await rehearse.rehearse()
    assert embedder.texts == [(NEW_MODEL, "new: secret")]


@pytest.mark.usefixtures("migration")
async def test_a_former_model_that_vanished_and_rejected_queries_hold_nothing_up(
    rehearse: Rehearsal,
    async_database: AsyncDatabase,
    embedder: ObservedQueryEmbedder,
    settings: Settings,
) -> None:
    embedder.faults[settings.embedding_model] = GONE
    embedder.rejected = "new: unreadable"
    await searched(async_database, unreadable=2, ink=1)
    await start_filling(async_database)
    await become_ready(async_database)
    await rehearse.rehearse()
    found = await current(async_database)
    assert found.queries_are_embedded
    assert found.comparison is None
    assert embedder.texts == [(NEW_MODEL, "new: ink")]


@pytest.mark.usefixtures("migration")
async def test_the_first_hits_of_both_models_are_compared(
    rehearse: Rehearsal, async_database: AsyncDatabase, embedder: ObservedQueryEmbedder
) -> None:
    await searched(async_database, ink=2, paper=1)
    await start_filling(async_database, embedded=0)
    await rehearse.rehearse()
    assert (await current(async_database)).comparison is None
    await start_filling(async_database)
    await rehearse.rehearse()
    # 0 to 9 are nearest under one model, and 2 to 11 under the other.
    compared = {"queries": 2, "overlap_at_10": 0.8, "documents": DOCUMENTS}
    assert (await current(async_database)).comparison == compared
    assert len(embedder.texts) == 4


@pytest.mark.usefixtures("migration")
async def test_a_comparison_is_repeated_after_progress_and_a_while_or_a_new_state(
    rehearse: Rehearsal, async_database: AsyncDatabase
) -> None:
    async def compared() -> int:
        await rehearse.rehearse()
        found = (await current(async_database)).comparison
        assert found
        return int(found["documents"])

    await searched(async_database, ink=1)
    await start_filling(async_database, 3)
    assert await compared() == 3
    await start_filling(async_database, 5)
    assert await compared() == 3
    await become_ready(async_database)
    assert await compared() == 5
    await change(async_database, progress={"embedded": 7})
    assert await compared() == 5
    for known in rehearse._known.values():
        known.compare_at = 0
    assert await compared() == 7
    for embedded in (8, 9):  # after the cut-over once
        await change(async_database, state="switched", progress={"embedded": embedded})
        assert await compared() == 8


@pytest.mark.usefixtures("migration")
async def test_a_comparison_by_another_process_counts(
    rehearse: Rehearsal, async_database: AsyncDatabase, embedder: ObservedQueryEmbedder
) -> None:
    await searched(async_database, ink=1)
    await start_filling(async_database, 0)
    await rehearse.rehearse()
    others = {"queries": 1, "overlap_at_10": 0.5, "documents": 3}
    await change(async_database, progress={"embedded": 4}, comparison=others)
    await rehearse.rehearse()
    assert (await current(async_database)).comparison == others
    assert embedder.texts == []


@pytest.mark.usefixtures("migration")
async def test_a_paused_migration_is_not_rehearsed(
    rehearse: Rehearsal, async_database: AsyncDatabase, embedder: ObservedQueryEmbedder
) -> None:
    await searched(async_database, ink=1)
    await start_filling(async_database)
    await become_ready(async_database)
    await change(async_database, paused=True)
    await rehearse.rehearse()
    found = await current(async_database)
    assert (found.comparison, found.queries_embedded_at, embedder.texts) == (None, None, [])


@pytest.mark.usefixtures("migration")
async def test_no_connection_is_held_while_the_model_works(
    rehearse: Rehearsal,
    async_database: AsyncDatabase,
    embedder: ObservedQueryEmbedder,
    settings: Settings,
) -> None:
    async def take_all() -> None:
        async with AsyncExitStack() as lent:
            for _ in range(settings.database_pool_size):
                await lent.enter_async_context(async_database.connection())

    embedder.on_embed = take_all
    await searched(async_database, ink=1)
    await start_filling(async_database)
    await become_ready(async_database)
    await rehearse.rehearse()
    found = await current(async_database)
    assert found.queries_are_embedded
    assert found.comparison


def test_an_overlap_is_that_of_the_documents_found() -> None:
    one, two, three = (new(id_).ref for id_ in "abc")
    assert overlap({one, two}, {two, three}) == 0.5
    assert overlap({one}, {one, two}) == 0.5
    assert overlap({one}, set()) == 0
    assert overlap(set(), set()) is None

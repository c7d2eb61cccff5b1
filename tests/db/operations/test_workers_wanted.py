"""How many workers the waiting documents need, by what is due and how fast the model is."""

from collections.abc import Iterator
from typing import Any

import pytest

from shared.db.kit.pool import AsyncDatabase, Connection, Database
from shared.db.operations import statistics, workers
from shared.db.operations.workers import WorkerState
from shared.domain.documents.document import Lane
from shared.domain.embedding.flows import FLOWS_OF_A_SIZE
from shared.domain.operations.statistics import Backlog, ScalingAim

pytestmark = pytest.mark.anyio

AIM = ScalingAim(target_seconds=60, model_slots=8)
SMALL, MEDIUM, LARGE, HUGE = range(4)
TOKENS = {SMALL: 100, MEDIUM: 725, LARGE: 5800, HUGE: 50_000}
"""What a document of each size counts as."""
MODEL = """
INSERT INTO embedding_models (tenant, name, state) VALUES ('default', 'm', 'active') RETURNING id
"""
OTHER_MODEL = MODEL.replace("'m', 'active'", "'other', 'building'")
DUE = """
WITH made AS (
    INSERT INTO documents (collection, id, content, metadata, content_hash, lane)
    SELECT 'notes', gen_random_uuid()::text, 'text', '{}', sha256('x'), 'bulk'
    FROM generate_series(1, %(count)s) RETURNING key
)
INSERT INTO jobs (document_key, model_id, version, lane, flow)
SELECT key, %(model)s, 1, %(lane)s, %(flow)s FROM made
"""
NOT_DUE = """
UPDATE jobs SET
    available_at = CASE WHEN document_key %% 2 = 0 THEN now() + interval '1 hour'
        ELSE available_at END,
    failed_at = CASE WHEN document_key %% 2 = 1 THEN now() END,
    error_code = CASE WHEN document_key %% 2 = 1 THEN 'rejected' END,
    error_message = CASE WHEN document_key %% 2 = 1 THEN 'Too long.' END
WHERE model_id = %(model)s AND lane = 'bulk'
"""


def _rows_of_jobs(node: dict[str, Any]) -> Iterator[float]:
    if node.get("Relation Name") == "jobs":
        yield (node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"]
    for each in node.get("Plans", ()):
        yield from _rows_of_jobs(each)


@pytest.fixture
def connection(database: Database) -> Iterator[Connection]:
    with database.connection() as connection:
        yield connection


@pytest.fixture
def model(connection: Connection) -> int:
    row = connection.execute(MODEL).fetchone()
    assert row
    return int(row["id"])


def due(
    connection: Connection, model: int, count: int, size: int = SMALL, lane: Lane = Lane.BULK
) -> None:
    flow = size * FLOWS_OF_A_SIZE + 7
    connection.execute(DUE, {"count": count, "model": model, "lane": lane, "flow": flow})


async def backlog(database: AsyncDatabase, aim: ScalingAim = AIM) -> Backlog:
    async with database.connection() as connection:
        return await statistics.backlog(connection, aim)


async def wanted(database: AsyncDatabase, aim: ScalingAim = AIM) -> dict[Lane, int]:
    return dict((await backlog(database, aim)).workers_wanted)


def works(connection: Connection, name: str = "one", **state: object) -> None:
    workers.record_heartbeat(connection, name, WorkerState(**state))  # type: ignore[arg-type]


async def test_nothing_due_needs_nobody(
    connection: Connection, async_database: AsyncDatabase
) -> None:
    works(connection, tokens_per_second=1000)
    assert await wanted(async_database) == dict.fromkeys(Lane, 0)


@pytest.mark.parametrize("size", TOKENS)
async def test_time_counts_not_documents(
    connection: Connection, async_database: AsyncDatabase, model: int, size: int
) -> None:
    works(connection, tokens_per_second=TOKENS[size])
    due(connection, model, 150, size)
    found = await backlog(async_database)
    assert found.tokens_due[Lane.BULK] == 150 * TOKENS[size]
    assert found.workers_wanted[Lane.BULK] == 3  # 150 seconds of work within a minute


async def test_a_first_guess_serves_while_no_worker_runs(
    connection: Connection, async_database: AsyncDatabase, model: int
) -> None:
    due(connection, model, 601)
    assert (await wanted(async_database))[Lane.BULK] == 2


async def test_the_model_servers_bound_it_and_short_waits_come_first(
    connection: Connection, async_database: AsyncDatabase, model: int
) -> None:
    works(connection, tokens_per_second=100)
    due(connection, model, 180, lane=Lane.INTERACTIVE)
    due(connection, model, 600, lane=Lane.BULK)
    due(connection, model, 600, lane=Lane.BACKFILL)
    assert await wanted(async_database) == {
        Lane.INTERACTIVE: 3,
        Lane.BULK: 5,
        Lane.BACKFILL: 0,
    }


async def test_a_worker_with_two_requests_at_a_time_takes_two_slots(
    connection: Connection, async_database: AsyncDatabase, model: int
) -> None:
    works(connection, tokens_per_second=100, requests_at_a_time=2)
    due(connection, model, 300)
    assert (await wanted(async_database))[Lane.BULK] == 3


async def test_lanes_share_the_workers(
    connection: Connection, async_database: AsyncDatabase, model: int
) -> None:
    works(connection, tokens_per_second=100)
    for lane in Lane:
        due(connection, model, 1, lane=lane)
    assert sum((await wanted(async_database)).values()) == 1
    works(connection, tokens_per_second=1, requests_at_a_time=2)
    few = ScalingAim(target_seconds=60, model_slots=4)
    assert sum((await wanted(async_database, few)).values()) == 2


async def test_more_workers_do_not_help_while_all_pause(
    connection: Connection, async_database: AsyncDatabase, model: int
) -> None:
    paused = {"paused_reason": "unreachable", "models_paused": {model: "unreachable"}}
    works(connection, "one", **paused)
    due(connection, model, 600)
    assert (await wanted(async_database))[Lane.BULK] == 0
    works(connection, "two")
    assert (await wanted(async_database))[Lane.BULK] == 1


async def test_a_model_that_all_have_paused_and_late_retries_need_nobody(
    connection: Connection, async_database: AsyncDatabase, model: int
) -> None:
    works(connection, "one", models_paused={model: "model-missing"})
    works(connection, "two", models_paused={model: "model-missing"})
    due(connection, model, 600)
    assert (await wanted(async_database))[Lane.BULK] == 0
    works(connection, "two")
    assert (await wanted(async_database))[Lane.BULK] == 1
    connection.execute("UPDATE jobs SET available_at = now() + interval '2 minutes'")
    assert (await wanted(async_database))[Lane.BULK] == 0


async def test_the_speed_is_that_of_the_workers_that_run(
    connection: Connection, async_database: AsyncDatabase, model: int
) -> None:
    for name, speed in (("one", 100), ("two", 300), ("idle", None), ("gone", 100_000)):
        works(connection, name, tokens_per_second=speed)
    connection.execute(
        "UPDATE workers SET seen_at = now() - interval '1 minute' WHERE name = 'gone'"
    )
    due(connection, model, 360)
    assert (await wanted(async_database))[Lane.BULK] == 3


async def test_a_large_table_is_estimated_from_a_part_of_it(
    connection: Connection, async_database: AsyncDatabase, model: int
) -> None:
    connection.execute("ALTER TABLE jobs SET (fillfactor = 10)")  # few jobs on each page
    due(connection, model, 10_000, LARGE)
    due(connection, model, 7, lane=Lane.INTERACTIVE)
    found = await backlog(async_database)
    assert found.tokens_due[Lane.BULK] == pytest.approx(10_000 * TOKENS[LARGE], rel=0.3)
    assert found.tokens_due[Lane.INTERACTIVE] == 7 * TOKENS[SMALL]


async def test_jobs_that_lie_together_are_not_missed_among_many_that_are_not_due(
    connection: Connection, async_database: AsyncDatabase, model: int
) -> None:
    works(connection, "one", models_paused={model: "model-missing"})
    other = connection.execute(OTHER_MODEL).fetchone()
    assert other
    due(connection, other["id"], 600, lane=Lane.INTERACTIVE)
    connection.execute("ALTER TABLE jobs SET (fillfactor = 10)")
    due(connection, model, 7000)
    due(connection, other["id"], 14_000)
    connection.execute(NOT_DUE, {"model": other["id"]})
    for _ in range(10):
        works(connection, "one", models_paused={model: "model-missing"})  # it was long ago
        found = await backlog(async_database)
        assert found.tokens_due[Lane.INTERACTIVE] >= 500 * TOKENS[SMALL]
        assert found.tokens_due[Lane.BULK] == 0


def test_the_estimate_reads_a_bounded_part(connection: Connection, model: int) -> None:
    connection.execute("ALTER TABLE jobs SET (fillfactor = 10)")
    due(connection, model, 20_000)
    connection.execute("ANALYZE jobs")
    plan = connection.execute(
        "EXPLAIN (ANALYZE, FORMAT JSON) SELECT sum(workers) FROM workers_wanted()"
    ).fetchone()
    assert plan
    assert 0 < sum(_rows_of_jobs(plan["QUERY PLAN"][0]["Plan"])) < 10_000

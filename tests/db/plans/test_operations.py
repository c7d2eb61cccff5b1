"""What operators look at is read by index."""

import time
from collections.abc import AsyncIterator
from functools import partial

import pytest

from shared.db.kit.pool import AsyncConnection
from shared.db.operations import activity, failures, statistics
from shared.domain.operations.activity import ActivityCounts, Span, Timed
from shared.domain.refs import DEFAULT_TENANT, Collection, Tenant
from shared.domain.search.scope import Scope
from tests.support.collections import named
from tests.support.plans import RUNS, Plans, indexes, scanned

pytestmark = pytest.mark.anyio

DAY = """
INSERT INTO activity (tenant, minute, failed, search)
SELECT 't' || t, date_trunc('minute', now()) - make_interval(mins => m), 1, '{1,2,3}'
FROM generate_series(1, 50) t, generate_series(1, 1440) m;
INSERT INTO activity (tenant, minute, workers)
SELECT '', date_trunc('minute', now()) - make_interval(mins => m), 1
FROM generate_series(1, 1440) m ON CONFLICT DO NOTHING;
INSERT INTO collection_activity (collection, minute, failed, search)
SELECT 't' || t, date_trunc('minute', now()) - make_interval(mins => m), 1, '{1,2,3}'
FROM generate_series(1, 50) t, generate_series(1, 1440) m
"""


async def test_the_statistics_of_a_tenant_read_nothing_of_others(
    watched: AsyncConnection, plans: Plans
) -> None:
    for _ in range(RUNS):
        await statistics.of_tenant(watched, Tenant("other"))
    assert scanned(plans.nodes()) == set()


async def test_failures_are_found_by_index(watched: AsyncConnection, plans: Plans) -> None:
    for _ in range(RUNS):
        (group,) = (await failures.of_documents(watched, Scope(DEFAULT_TENANT))).groups
        assert 5 < group.count < 50
        await failures.of_documents(watched, Scope(named("c")))
        await failures.of_files(watched, Scope(DEFAULT_TENANT))
        await failures.of_files(watched, Scope(named("c")))
    nodes = plans.nodes()
    assert scanned(nodes) == set()
    assert {"jobs_failed_model", "files_failed"} <= indexes(nodes)


@pytest.fixture
async def day(watched: AsyncConnection) -> AsyncIterator[None]:
    """A day of fifty tenants and fifty collections."""
    for statement in [*DAY.split(";\n"), "ANALYZE activity", "ANALYZE collection_activity"]:
        await watched.execute(statement)
    yield
    for table in ("activity", "collection_activity"):
        await watched.execute(f"DELETE FROM {table}")


@pytest.mark.usefixtures("day")
@pytest.mark.parametrize(
    ("within", "used"),
    [
        (Tenant("t7"), {"activity_pkey"}),
        (named("t7"), {"activity_pkey", "collection_activity_pkey"}),
    ],
    ids=["tenant", "collection"],
)
async def test_a_day_is_read_by_index(
    watched: AsyncConnection, plans: Plans, within: Collection | Tenant, used: set[str]
) -> None:
    span = Span.last(24, time.time())
    for _ in range(RUNS):
        found = await activity.read(watched, within, span)
        assert any(point and point.failed for _, point in found.points)
    nodes = plans.nodes()
    assert scanned(nodes) == set()
    assert used <= indexes(nodes)
    assert max(node["Actual Rows"] for node in nodes if node.get("Index Name") in used) <= 2880


async def test_a_minute_is_written_by_index(watched: AsyncConnection, plans: Plans) -> None:
    for number in range(RUNS):
        later = time.time() + 60 * number
        counting = ActivityCounts(partial(float, later))
        counting.took(Timed.WRITE, 1.0, named("c"))
        counts = counting.over(all_=True)
        for statement in [activity.addition(counts), *activity.upkeep(counts[-1].minute)]:
            await watched.execute(*statement)
        nodes = plans.nodes()
        assert scanned(nodes) <= {"jobs"}  # all that waits is counted, once a minute
        passes = [node["Actual Loops"] for node in nodes if node.get("Relation Name") == "jobs"]
        assert sum(passes) == 1

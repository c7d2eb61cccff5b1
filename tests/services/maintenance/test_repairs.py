"""Repairs after a clock was set back by an hour, and after a restored dump."""

from collections.abc import Iterator

import pytest

from shared.db.kit.pool import AsyncDatabase, Connection, Database
from shared.db.operations import statistics, workers
from shared.db.operations.workers import WorkerState
from shared.domain.operations.statistics import ScalingAim
from shared.domain.resilience.retry import RetryPolicy
from shared.services.documents.service import DocumentService
from shared.services.maintenance.repairs import Repairs
from tests.support.worker_harness import WorkerHarness, new

BACK = "now() + interval '1 hour'"
BEYOND = "999999999999"

pytestmark = pytest.mark.anyio


@pytest.fixture
def repairs(database: Database) -> Repairs:
    return Repairs(database, RetryPolicy(5, 1.0, 60.0), 6.0)


@pytest.fixture
def connection(database: Database) -> Iterator[Connection]:
    with database.connection() as connection:
        yield connection


async def test_jobs_of_a_clock_that_was_ahead_are_due(
    harness: WorkerHarness, documents: DocumentService, connection: Connection, repairs: Repairs
) -> None:
    harness.model.verified()
    for id_ in ("written", "leased", "retried"):
        await documents.put(new(id_))
    times = {
        "written": f"available_at = {BACK}, queued_at = {BACK}",
        "leased": f"lease_until = {BACK}, lease_token = gen_random_uuid()",
        "retried": "available_at = now() + interval '50 seconds'",
    }
    for id_, change in times.items():
        connection.execute(
            f"UPDATE jobs SET {change} FROM documents d"
            f" WHERE d.key = document_key AND d.id = '{id_}'"
        )
    assert not (await harness.work()).ready
    repairs.repair()
    assert set((await harness.work()).ready) == {"written", "leased"}


def test_webhooks_of_a_clock_that_was_ahead_are_due(
    connection: Connection, repairs: Repairs
) -> None:
    connection.execute(
        "INSERT INTO webhooks (collection, url, secret, xid, seq, next_attempt_at, lease_until,"
        f" lease_token) VALUES ('late', 'u', 's', '0', 0, {BACK}, {BACK}, gen_random_uuid()),"
        " ('retried', 'u', 's', '0', 0, now() + interval '200 seconds', NULL, NULL)"
    )
    repairs.repair()
    rows = connection.execute(
        "SELECT collection, next_attempt_at <= now() AND (lease_until <= now()) IS NOT false AS due"
        " FROM webhooks ORDER BY collection"
    ).fetchall()
    assert [(row["collection"], row["due"]) for row in rows] == [("late", True), ("retried", False)]


async def test_a_heartbeat_and_events_from_the_future_do_not_count(
    connection: Connection, async_database: AsyncDatabase
) -> None:
    workers.record_heartbeat(connection, "gone", WorkerState())
    connection.execute(f"UPDATE workers SET seen_at = {BACK}")
    connection.execute(
        "INSERT INTO events (collection, id, status, version, created_at)"
        f" VALUES ('c', 'a', 'ready', 1, {BACK})"
    )
    async with async_database.connection() as reader:
        backlog = await statistics.backlog(reader, ScalingAim(60, 4))
    assert (backlog.workers, backlog.ready_last_minute) == (0, 0)


async def test_a_repair_reads_no_waiting_job(
    harness: WorkerHarness, documents: DocumentService, connection: Connection, repairs: Repairs
) -> None:
    harness.model.verified()
    for n in range(3):
        await documents.put(new(str(n)))
    before = connection.execute("SELECT xmin::text FROM jobs ORDER BY document_key").fetchall()
    repairs.repair()
    after = connection.execute("SELECT xmin::text FROM jobs ORDER BY document_key").fetchall()
    assert before == after


def test_the_last_deleted_event_of_another_cluster_is_forgotten(
    connection: Connection, repairs: Repairs
) -> None:
    connection.execute("INSERT INTO event_horizon (xid, seq) VALUES (%s, 1)", (BEYOND,))
    repairs.repair()
    assert connection.execute("SELECT FROM event_horizon").rowcount == 0


def test_webhooks_go_on_after_their_last_event_of_another_cluster(
    connection: Connection, repairs: Repairs
) -> None:
    for id_, xid in (("old", "700"), ("sent", BEYOND), ("unsent", f"{BEYOND}1")):
        connection.execute(
            "INSERT INTO events (xid, collection, id, status, version)"
            " VALUES (%s, 'c', %s, 'ready', 1)",
            (xid, id_),
        )
    connection.execute(
        "INSERT INTO webhooks (collection, url, secret, xid, seq) SELECT 'c', 'u', 's', xid, seq"
        " FROM events WHERE id = 'sent'"
    )
    connection.execute(
        "INSERT INTO webhooks (collection, url, secret, xid, seq) VALUES"
        f" ('quiet', 'u', 's', '{BEYOND}2', 7)"
    )
    connection.execute(
        "INSERT INTO events (collection, id, status, version) VALUES ('c', 'new', 'ready', 1),"
        " ('quiet', 'new', 'ready', 1)"
    )
    for _ in range(2):
        repairs.repair()
        rows = connection.execute(
            "SELECT e.collection, e.id FROM webhooks w JOIN events e USING (collection)"
            " WHERE (e.xid, e.seq) > (w.xid, w.seq)"
            " AND e.xid < pg_snapshot_xmin(pg_current_snapshot()) ORDER BY 1, e.xid, e.seq"
        ).fetchall()
        assert [(row["collection"], row["id"]) for row in rows] == [
            ("c", "unsent"),
            ("c", "new"),
            ("quiet", "new"),
        ]

"""A worker logs each change of an index, and repeats one that fails later and later."""

from collections.abc import Iterator

import psycopg
import pytest
from structlog.testing import capture_logs

from shared.config import Settings
from shared.db.kit.pool import Database
from shared.services.maintenance import index_builder
from shared.services.maintenance.index_builder import IndexBuilder
from tests.support.worker_harness import WorkerHarness

CREATE = "CREATE INDEX CONCURRENTLY IF NOT EXISTS chunks_embedding_1"
DROP = "DROP INDEX CONCURRENTLY IF EXISTS chunks_embedding_1"
"""Of the invalid index that a failed build leaves."""
STARTED, FAILED = "index.change_started", "index.change_failed"


@pytest.fixture
def failing(settings: Settings, harness: WorkerHarness) -> Iterator[IndexBuilder]:
    """A builder whose settings pgvector refuses."""
    harness.model.verified()
    database = Database(settings.model_copy(update={"hnsw_ef_construction": 4}))
    database.open()
    yield IndexBuilder(database)
    database.close()


def test_a_change_is_logged(database: Database, harness: WorkerHarness) -> None:
    harness.model.verified()
    with capture_logs() as logs:
        IndexBuilder(database).work()
    assert {"event": STARTED, "statement": CREATE, "log_level": "info"} in logs
    assert not [each for each in logs if each["event"] == FAILED]


def test_a_change_that_failed_waits(failing: IndexBuilder) -> None:
    with capture_logs() as logs:
        with pytest.raises(psycopg.Error):
            failing.work()
        failing.work()
        failing.work()
    seen = [(each["event"], each["statement"]) for each in logs]
    assert seen == [(STARTED, CREATE), (FAILED, CREATE), (STARTED, DROP)]
    assert logs[1]["retry_seconds"] == index_builder.WAIT_SECONDS


def test_the_wait_grows(failing: IndexBuilder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index_builder, "WAIT_SECONDS", 1e-9)
    monkeypatch.setattr(index_builder, "WAIT_SECONDS_MAX", 3e-9)
    with capture_logs() as logs:
        for _ in range(4):
            with pytest.raises(psycopg.Error):
                failing.work()
    waits = [each["retry_seconds"] for each in logs if each["event"] == FAILED]
    assert waits == [1e-9, 2e-9, 3e-9, 3e-9]

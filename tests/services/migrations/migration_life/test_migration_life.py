"""No order of steps loses a document while collections change their models.

Statements of writers, workers and operators run one after another in any order, which covers
everything that processes can do to each other between their transactions.
A longer run: MIGRATION_LIFE_EXAMPLES=1000 pytest tests/services/migrations/migration_life
"""

import math
import os
from collections.abc import Iterator

import psycopg
import pytest
from anyio.from_thread import start_blocking_portal
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from hypothesis.stateful import run_state_machine_as_test

from shared.config import Settings
from shared.db.kit.pool import AsyncDatabase, Database
from shared.db.kit.session import connection_options
from shared.db.migrations import backfill
from shared.services.maintenance import migration_progress
from shared.services.migrations.preflight import PreflightService
from shared.services.migrations.service import MigrationService
from tests.services.migrations.migration_life.machine import Connections
from tests.services.migrations.migration_life.rules import MigrationLife
from tests.support.worker_harness import FakeEmbedder


@pytest.fixture
def connections(settings: Settings, database: Database) -> Iterator[Connections]:
    options = connection_options(settings)
    with start_blocking_portal() as portal, psycopg.connect(**options) as connection:
        api = AsyncDatabase(settings)
        portal.call(api.open)
        writer = portal.call(lambda: psycopg.AsyncConnection.connect(**options))
        service = MigrationService(api, PreflightService(api, FakeEmbedder(), 0))
        yield Connections(portal, writer, connection, database, service)
        portal.call(writer.close)
        portal.call(api.close)


@pytest.fixture(autouse=True)
def _small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make a fill take several steps, and the gate be looked at in each."""
    monkeypatch.setattr(backfill, "QUEUE_MAX", 2)
    monkeypatch.setattr(backfill, "BATCH_DOCUMENTS", 1)
    monkeypatch.setattr(migration_progress, "COUNT_SHARE", math.inf)


def test_any_order_of_steps_leaves_every_document_searchable(connections: Connections) -> None:
    MigrationLife.connections = connections
    # Hypothesis repeats the same examples where CI is set.
    run_state_machine_as_test(
        MigrationLife,
        settings=hypothesis_settings(
            max_examples=int(os.environ.get("MIGRATION_LIFE_EXAMPLES", "35")),
            stateful_step_count=50,
            deadline=None,
            print_blob=True,
            suppress_health_check=list(HealthCheck),
        ),
    )

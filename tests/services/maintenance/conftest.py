"""Migrations, on a worker whose model fails on demand."""

import pytest

from shared.db.kit.pool import AsyncDatabase, Database
from shared.services.documents.service import DocumentService
from tests.support.migrating import Migrating
from tests.support.worker_harness import WorkerHarness, new


@pytest.fixture
async def migrating(
    harness: WorkerHarness, database: Database, async_database: AsyncDatabase
) -> Migrating:
    harness.servers.in_use()
    return Migrating(harness, database, async_database)


@pytest.fixture
async def stored(documents: DocumentService, harness: WorkerHarness) -> list[str]:
    """Three documents that are ready."""
    ids = ["a", "b", "d"]
    for id_ in ids:
        await documents.put(new(id_, f"the text of {id_}"))
    await harness.work()
    return ids

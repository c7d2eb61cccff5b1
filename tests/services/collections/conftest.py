"""The service of collections, on a model that fails on demand."""

import pytest

from shared.db.kit.pool import AsyncDatabase
from shared.services.collections.model_choice import ModelChooser
from shared.services.collections.service import CollectionService
from shared.services.migrations.preflight import PreflightService
from tests.support.worker_harness import WorkerHarness


@pytest.fixture
def collections(harness: WorkerHarness, async_database: AsyncDatabase) -> CollectionService:
    harness.model.verified()
    preflight = PreflightService(async_database, harness.embedder, 0)
    return CollectionService(async_database, ModelChooser(async_database, preflight, 64))

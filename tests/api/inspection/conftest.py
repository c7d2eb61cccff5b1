"""The API in this process, so that a test embeds when it wants to."""

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from shared.config import Settings
from tests.support import in_process
from tests.support.worker_harness import WorkerHarness


@pytest.fixture
def client(settings: Settings) -> Iterator[TestClient]:
    with in_process.client(settings) as client:
        yield client


@pytest.fixture(autouse=True)
def _known_model(harness: WorkerHarness) -> None:
    harness.model.verified()

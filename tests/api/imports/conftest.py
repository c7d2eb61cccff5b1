"""An API without a worker."""

from collections.abc import Iterator

import psycopg
import pytest
from fastapi.testclient import TestClient

from shared.config import Settings
from tests.support import in_process


@pytest.fixture
def idle(settings: Settings, database_url: str) -> Iterator[TestClient]:
    """An API on a database with a model, and no worker."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO embedding_models (name, state, chunk_tokens) VALUES ('m', 'active', 256)"
        )
    with in_process.client(settings) as client:
        yield client

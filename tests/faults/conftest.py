"""A time limit for each test, and a PostgreSQL that can crash."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import invariants
from tests.support.paths import ROOT
from tests.support.proxy import Proxy
from tests.support.server_processes import Postgres, Redis
from tests.support.system_fixtures import StartSystem, starting


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.timeout(120))


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Postgres]:
    """A migrated PostgreSQL that only this test uses, and may crash."""
    cluster = Postgres(tmp_path)
    cluster.start()
    try:
        cluster.cluster.create_database()
        env = {**cluster.env, "DATABASE_URL": cluster.url}
        migrate = [sys.executable, "-m", "alembic", "upgrade", "head"]
        subprocess.run(migrate, cwd=ROOT, env=env, check=True, capture_output=True, timeout=60)
        invariants.watch_attempts(cluster.url)
        yield cluster
    finally:
        cluster.stop()


@pytest.fixture
def start_on_cluster(
    tmp_path: Path, cluster: Postgres, broker: Redis, proxy: Proxy, ollama_url: str
) -> Iterator[StartSystem]:
    """Return a function that starts a system on the cluster."""
    servers = {"DATABASE_URL": cluster.url, "REDIS_URL": broker.url, "OLLAMA_HOST": proxy.url}
    with starting(tmp_path, servers, ollama_url) as start:
        yield start

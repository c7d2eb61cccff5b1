"""A system of a test's own: its database, its broker, a model server that can be broken."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.support import invariants
from tests.support import system as systems
from tests.support.processes import ROOT
from tests.support.proxy import Proxy
from tests.support.server_processes import Postgres, Redis
from tests.support.system import System

Start = Callable[..., System]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.timeout(120))


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Redis]:
    """A broker of the test's own, not started."""
    broker = Redis(tmp_path)
    yield broker
    broker.stop()


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Postgres]:
    """A PostgreSQL of the test's own, migrated."""
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
def start(
    tmp_path: Path, database_url: str, broker: Redis, proxy: Proxy, ollama_url: str
) -> Iterator[Start]:
    """Start the processes of a system, on a broker as it is: perhaps down."""
    invariants.watch_attempts(database_url)
    servers = {"DATABASE_URL": database_url, "REDIS_URL": broker.url, "OLLAMA_HOST": proxy.url}
    with ExitStack() as stack:

        def start(**wanted: object) -> System:
            return stack.enter_context(
                systems.running(tmp_path, servers, ollama_url, **wanted)  # type: ignore[arg-type]
            )

        yield start


@pytest.fixture
def system(start: Start, broker: Redis) -> System:
    """One worker, one API, everything well."""
    broker.start()
    return start()

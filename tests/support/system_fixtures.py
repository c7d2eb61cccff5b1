"""A system of the test's own: its database, its broker, a model server that can be broken."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.support import invariants
from tests.support import system as systems
from tests.support.proxy import Proxy
from tests.support.server_processes import Redis
from tests.support.system import System

StartSystem = Callable[..., System]


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Redis]:
    """A running broker of the test's own."""
    broker = Redis(tmp_path)
    broker.start()
    yield broker
    broker.stop()


@pytest.fixture
def start_system(
    tmp_path: Path, database_url: str, broker: Redis, proxy: Proxy, ollama_url: str
) -> Iterator[StartSystem]:
    """Return a function that starts a system; its arguments are those of `system.running`."""
    invariants.watch_attempts(database_url)
    servers = {"DATABASE_URL": database_url, "REDIS_URL": broker.url, "OLLAMA_HOST": proxy.url}
    with starting(tmp_path, servers, ollama_url) as start:
        yield start


@pytest.fixture
def system(start_system: StartSystem) -> System:
    """One worker and one API, up and healthy."""
    return start_system()


@contextmanager
def starting(folder: Path, servers: Mapping[str, str], ollama_url: str) -> Iterator[StartSystem]:
    """Return a function that starts systems on these servers; all end with the block."""
    with ExitStack() as stack:

        def start(**wanted: object) -> System:
            return stack.enter_context(
                systems.running(folder, servers, ollama_url, **wanted)  # type: ignore[arg-type]
            )

        yield start

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.support import system as systems
from tests.support.proxy import Proxy
from tests.support.server_processes import Redis
from tests.support.system import System

Start = Callable[..., System]


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Redis]:
    broker = Redis(tmp_path)
    broker.start()
    yield broker
    broker.stop()


@pytest.fixture
def start(
    tmp_path: Path, database_url: str, broker: Redis, proxy: Proxy, ollama_url: str
) -> Iterator[Start]:
    """Start an API and a worker of the test's own, with these settings."""
    servers = {"DATABASE_URL": database_url, "REDIS_URL": broker.url, "OLLAMA_HOST": proxy.url}
    with ExitStack() as stack:

        def start(**env: str) -> System:
            house = systems.running(tmp_path, servers, ollama_url, env=env)
            return stack.enter_context(house)

        yield start

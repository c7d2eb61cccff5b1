"""Servers for the whole run, a database for each test, and no network beyond loopback."""

import os
import signal
from collections.abc import Iterator, Mapping
from itertools import count
from pathlib import Path

import pytest
from pytest_socket import socket_allow_hosts

from local import ports
from local.servers import postgres, valkey
from shared.config import Settings
from shared.db.kit.pool import Database
from tests.support import proxy as proxies
from tests.support import rerank_server as rerank_servers
from tests.support.databases import create_database, drop_database, make_settings
from tests.support.processes import answers, api_and_worker, eventually, process
from tests.support.proxy import Proxy
from tests.support.rerank_server import RerankServer

pytest_plugins = ["tests.support.harness_fixtures", "tests.support.system_fixtures"]

SLOWEST_FIRST = ("soak", "faults", "acceptance", "browser", "local", "observability")
"""Folders whose files start first, so that parallel runs end at the same time."""

_numbers = count()


def pytest_configure() -> None:
    # A shell makes its background processes ignore SIGINT, and their children inherit that.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    # Tests start hundreds of processes, and each would compile all its imports again.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    _share_ports(os.environ)


def _share_ports(environment: Mapping[str, str]) -> None:
    """Give each parallel run its own ports, so that two never choose the same one."""
    number = int(environment.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    ports.INTERNAL = ports.INTERNAL[number :: int(environment.get("PYTEST_XDIST_WORKER_COUNT", 1))]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=_start_rank)


def _start_rank(item: pytest.Item) -> int:
    folder = item.path.relative_to(Path(__file__).parent).parts[0]
    return SLOWEST_FIRST.index(folder) if folder in SLOWEST_FIRST else len(SLOWEST_FIRST)


@pytest.fixture(autouse=True)
def _only_loopback() -> None:
    socket_allow_hosts(["127.0.0.1", "::1", "localhost"], allow_unix_socket=True)


@pytest.fixture(scope="session")
def servers_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("servers")


@pytest.fixture(scope="session")
def postgres_url(servers_dir: Path) -> Iterator[str]:
    fast = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}
    of_many_stacks = {"max_connections": "400"}
    with postgres.running(servers_dir / "postgres", settings=fast | of_many_stacks) as url:
        yield url


@pytest.fixture(scope="session")
def redis_url(servers_dir: Path) -> Iterator[str]:
    with valkey.running(servers_dir / "valkey") as url:
        yield url


@pytest.fixture(scope="session")
def ollama_url(servers_dir: Path) -> Iterator[str]:
    """The local model server, with the real model."""
    port, log = ports.free_port(), servers_dir / "model-server.log"
    with process(["-m", "local.model_server", "--port", str(port)], log):
        url = f"http://127.0.0.1:{port}"
        eventually(lambda: answers(f"{url}/api/version"), "model server answers", log=log)
        yield url


@pytest.fixture(scope="session")
def template(postgres_url: str, servers_dir: Path) -> str:
    """A migrated database to clone."""
    url = create_database(postgres_url, "inkdex_template")
    with process(
        ["-m", "alembic", "upgrade", "head"], servers_dir / "alembic.log", {"DATABASE_URL": url}
    ) as migration:
        assert migration.wait(60) == 0, (servers_dir / "alembic.log").read_text()
    return "inkdex_template"


@pytest.fixture
def database_url(postgres_url: str, template: str) -> Iterator[str]:
    """A migrated, empty database for one test."""
    name = f"test_{next(_numbers)}"
    yield create_database(postgres_url, name, template)
    drop_database(postgres_url, name)


@pytest.fixture(scope="session")
def worker_metrics_port() -> int:
    """The metrics port of the worker that runs with `api`."""
    return ports.free_port()


@pytest.fixture(scope="session")
def rerank_server() -> Iterator[RerankServer]:
    """The reranker of `api`."""
    with rerank_servers.running() as server:
        yield server


@pytest.fixture(scope="session")
def api(
    postgres_url: str,
    template: str,
    redis_url: str,
    ollama_url: str,
    servers_dir: Path,
    worker_metrics_port: int,
    rerank_server: RerankServer,
) -> Iterator[str]:
    """The URL of an API that runs with a worker on a database of their own."""
    env = {
        "DATABASE_URL": create_database(postgres_url, "inkdex_api", template),
        "REDIS_URL": redis_url,
        "OLLAMA_HOST": ollama_url,
        "EMBEDDING_MODEL": "all-minilm",
        "INKDEX_WORKER_METRICS_PORT": str(worker_metrics_port),
        "RERANK_URL": rerank_server.url,
    }
    with api_and_worker(env, servers_dir) as url:
        yield url


@pytest.fixture
def settings(database_url: str, redis_url: str, ollama_url: str) -> Settings:
    return make_settings(database_url, redis_url, ollama_url)


@pytest.fixture
def database(settings: Settings) -> Iterator[Database]:
    database = Database(settings)
    database.open()
    yield database
    database.close()


@pytest.fixture
def proxy(ollama_url: str) -> Iterator[Proxy]:
    with proxies.running(ollama_url) as proxy:
        yield proxy

"""A complete stack with temporary data, for one benchmark.

    with stack.running() as served:
        httpx.get(f"{served.api}/v1/stats")

It runs PostgreSQL, Valkey, the local model server, the API and the workers as processes on free
loopback ports. `running(folder=...)` keeps the data in that folder. `environment` adds settings
for the API and the workers: `{"OLLAMA_HOST": ...}` replaces the local model server. `workers=0`
starts no worker. `databases`, `model_server` and `processes` start one part each.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from local import ports
from local.errors import StackError
from local.processes import service, user
from local.servers import postgres, probes, valkey
from local.stack import model_choice

ROOT = Path(__file__).resolve().parents[1]
PYTHON = (sys.executable, "-m")
POSTGRES = {"shared_buffers": "1GB", "maintenance_work_mem": "1GB", "max_wal_size": "8GB"}
"""Settings for a small server. The local stack uses less memory."""


@dataclass(frozen=True)
class Stack:
    """The addresses of a running stack, and the environment of its processes."""

    folder: Path
    database_url: str
    redis_url: str
    ollama_host: str
    api: str
    environment: Mapping[str, str]


@contextmanager
def running(
    folder: Path | None = None,
    environment: Mapping[str, str] | None = None,
    workers: int = 1,
    postgres_settings: Mapping[str, str] | None = None,
) -> Iterator[Stack]:
    """Run everything for the length of a `with` block."""
    extra = dict(environment or {})
    with ExitStack() as parts:
        home = folder or Path(parts.enter_context(tempfile.TemporaryDirectory(prefix="inkdex-")))
        database_url, redis_url = parts.enter_context(databases(home, postgres_settings))
        ollama_host = extra.get("OLLAMA_HOST") or parts.enter_context(model_server(home))
        port = ports.free_port()
        complete = {
            "DATABASE_URL": database_url,
            "REDIS_URL": redis_url,
            "OLLAMA_HOST": ollama_host,
            "EMBEDDING_MODEL": "all-minilm",
            "API_PORT": str(port),
            **extra,
        }
        parts.enter_context(processes(home, complete, workers))
        api = f"http://127.0.0.1:{port}"
        yield Stack(home, database_url, redis_url, ollama_host, api, complete)


@contextmanager
def databases(
    folder: Path, postgres_settings: Mapping[str, str] | None = None
) -> Iterator[tuple[str, str]]:
    """Run a migrated PostgreSQL and Valkey. Yield their URLs."""
    if user.server_user().uid is not None:
        folder.chmod(0o711)
    settings = POSTGRES | dict(postgres_settings or {})
    with (
        postgres.running(folder / "postgres", settings=settings) as database_url,
        valkey.running(folder / "valkey") as redis_url,
    ):
        _migrate(database_url)
        yield database_url, redis_url


@contextmanager
def model_server(folder: Path) -> Iterator[str]:
    """Run the local model server. Yield its URL."""
    port = ports.free_port()
    program = ("local.model_server", "--port", str(port))
    with service.running(
        own_program("model-server", program, {}, lambda: _answers(port, "/api/version")),
        folder / "model-server.log",
    ):
        yield f"http://127.0.0.1:{port}"


@contextmanager
def configured_ollama(folder: Path) -> Iterator[str]:
    """Yield the URL of OLLAMA_HOST, or of a local model server that runs for the block."""
    if host := os.environ.get("OLLAMA_HOST"):
        yield model_choice.base_url(host)
    else:
        with model_server(folder) as local:
            yield local


@contextmanager
def processes(folder: Path, environment: Mapping[str, str], workers: int = 1) -> Iterator[None]:
    """Run the API and the workers. The environment must name API_PORT and the servers."""
    port = int(environment["API_PORT"])
    with ExitStack() as started:
        api = own_program("api", ("api",), environment, lambda: _answers(port, "/readyz"))
        started.enter_context(service.running(api, folder / "api.log"))
        started.enter_context(_workers(folder, environment, workers))
        yield


def some_workers(served: Stack, number: int = 1) -> AbstractContextManager[None]:
    """Run workers for a stack that has none. They may still be starting when the block begins."""
    return _workers(served.folder, served.environment, number)


@contextmanager
def _workers(folder: Path, environment: Mapping[str, str], number: int) -> Iterator[None]:
    with ExitStack() as started:
        for each in range(number):
            started.enter_context(_worker(folder, environment, each))
        yield


def _worker(
    folder: Path, environment: Mapping[str, str], number: int
) -> AbstractContextManager[None]:
    name = f"worker-{number}"
    worker = own_program(name, ("worker",), environment, lambda: True)
    return service.running(worker, folder / f"{name}.log")


def own_program(
    name: str, argv: tuple[str, ...], environment: Mapping[str, str], ready: Callable[[], bool]
) -> service.Service:
    """Return a process of this checkout."""
    # The benchmark may run in another folder than the checkout.
    complete = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", **environment}
    return service.Service(
        name=name, argv=(*PYTHON, *argv), env=complete, ready=ready, stop_seconds=20.0
    )


def _answers(port: int, path: str) -> bool:
    return probes.http_status(port, path) == 200


def _migrate(database_url: str) -> None:
    done = subprocess.run(  # noqa: S603 - the command is ours
        [*PYTHON, "alembic", "upgrade", "head"],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": database_url},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise StackError(f"The migrations failed:\n{done.stderr}")

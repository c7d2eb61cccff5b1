"""The processes under test: servers of their own, two APIs and two workers that are restarted."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import psycopg

from local import ports
from tests.support import proxy as proxies
from tests.support.model_faults import too_long
from tests.support.paths import ROOT
from tests.support.process_group import ProcessGroup
from tests.support.processes import answers, eventually
from tests.support.proxy import Exchange, Fault, Proxy, pass_on
from tests.support.server_processes import Postgres, Process, Redis
from tests.support.system_database import SystemDatabase

POISON = "unembeddable"
EMBED_TIMEOUT_SECONDS = 8.0
RESTART_SECONDS = 0.5
SETTINGS = {
    "EMBEDDING_MODEL": "all-minilm",
    "INKDEX_EMBED_TIMEOUT_SECONDS": str(EMBED_TIMEOUT_SECONDS),
}


class SoakSystem(ProcessGroup):
    """Everything that runs, and the means to break it."""

    def __init__(
        self, cluster: Postgres, broker: Redis, proxy: Proxy, ollama_url: str, folder: Path
    ) -> None:
        servers = {"DATABASE_URL": cluster.url, "REDIS_URL": broker.url, "OLLAMA_HOST": proxy.url}
        super().__init__(folder, SETTINGS | servers)
        self.cluster = cluster
        self.broker = broker
        self.proxy = proxy
        self.ollama_url = ollama_url
        self.database = SystemDatabase(cluster.url)
        self.unexpected_deaths: list[str] = []
        self._expected_deaths: set[int] = set()

    @property
    def urls(self) -> list[str]:
        return [str(self.client(n).base_url) for n in range(len(self.apis))]

    def start(self) -> None:
        """Start APIs and workers, and wait until they work."""
        self.break_model(pass_on)
        for _ in range(2):
            self.add_api(kept=True)
            self.add_worker(kept=True)
        eventually(self.is_up, "APIs and workers are up", 60, self.workers[0].log)

    def break_model(self, fault: Fault) -> None:
        """Give the model server a fault. It rejects poison in any case."""
        self.proxy.forget()
        self.proxy.fault = _rejecting_poison(fault)

    def expect_death(self, process: Process) -> None:
        """Record that a fault ends this process."""
        self._expected_deaths.add(process.pid)

    def is_up(self) -> bool:
        """Return whether every API answers and every worker has sent a heartbeat."""
        if not all(process.alive for process in self.processes):
            return False
        with suppress(psycopg.OperationalError):
            return self._alive_workers() == len(self.workers) and all(
                answers(f"{url}/livez") for url in self.urls
            )
        return False

    def _alive_workers(self) -> int:
        query = "SELECT FROM workers WHERE name LIKE ANY(%s) AND seen_at > now() - interval '5 s'"
        return len(self.database.rows(query, [f"%-{worker.pid}" for worker in self.workers]))

    def _restart(self, process: Process) -> None:
        if process.pid not in self._expected_deaths:
            self.unexpected_deaths.append(_describe_death(process))
        time.sleep(RESTART_SECONDS)
        super()._restart(process)


@contextmanager
def running(folder: Path) -> Iterator[SoakSystem]:
    """Run a system for the length of the block, healthy at its start."""
    with ExitStack() as stack:
        cluster = Postgres(folder)
        stack.callback(cluster.stop)
        cluster.start()
        cluster.cluster.create_database()
        _migrate(cluster.url, folder)
        broker = Redis(folder)
        stack.callback(broker.stop)
        broker.start()
        port = ports.free_port()
        server = _python("local.model_server", "--port", str(port))
        model = Process("model-server", server, folder, {**os.environ})
        stack.callback(model.stop)
        model.start()
        url = f"http://127.0.0.1:{port}"
        eventually(lambda: answers(f"{url}/api/version"), "model server up", 60, model.log)
        proxy = stack.enter_context(proxies.running(url))
        system = SoakSystem(cluster, broker, proxy, url, folder)
        stack.callback(system.close)
        system.start()
        yield system


def _describe_death(process: Process) -> str:
    at = time.strftime("%H:%M:%S", time.gmtime())
    return f"{process.name} died unexpectedly at {at}Z with status {process.child.poll()}"


def _python(module: str, *arguments: str) -> list[str]:
    return [sys.executable, "-m", module, *arguments]


def _migrate(database_url: str, folder: Path) -> None:
    env: Mapping[str, str] = {**os.environ, "DATABASE_URL": database_url}
    with (folder / "alembic.log").open("wb") as log:
        subprocess.run(
            _python("alembic", "upgrade", "head"),
            cwd=ROOT,
            env=env,
            stdout=log,
            stderr=log,
            timeout=120,
            check=True,
        )


def _rejecting_poison(fault: Fault) -> Fault:
    def chosen(exchange: Exchange) -> None:
        (too_long if any(POISON in text for text in exchange.texts) else fault)(exchange)

    return chosen

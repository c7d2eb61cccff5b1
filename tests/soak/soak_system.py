"""The processes under test: servers of their own, APIs and workers that are restarted."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import httpx
import psycopg

from tests.soak import model_server
from tests.soak.model_server import ModelServer
from tests.support import metrics, webhook_receiver
from tests.support.paths import ROOT
from tests.support.process_group import ProcessGroup
from tests.support.processes import answers, eventually
from tests.support.server_processes import Postgres, Process, Redis, Replica
from tests.support.system_database import SystemDatabase
from tests.support.webhook_receiver import Receiver

APIS, WORKERS, MODEL_SERVERS = 2, 4, 2
EMBED_TIMEOUT_SECONDS = 8.0
RESTART_SECONDS = 0.5
SETTINGS = {
    "EMBEDDING_MODEL": "all-minilm",
    "INKDEX_API_PROCESSES": "1",
    "INKDEX_EMBED_TIMEOUT_SECONDS": str(EMBED_TIMEOUT_SECONDS),
    "INKDEX_WEBHOOK_ALLOWED_NETWORKS": "127.0.0.0/8",
}


class SoakSystem(ProcessGroup):
    """Everything that runs, and the means to break it."""

    def __init__(
        self,
        cluster: Postgres,
        replica: Replica,
        broker: Redis,
        models: Sequence[ModelServer],
        receiver: Receiver,
        folder: Path,
    ) -> None:
        servers = {
            "DATABASE_URL": cluster.url,
            "DATABASE_REPLICA_URLS": replica.url,
            "REDIS_URL": broker.url,
            "OLLAMA_HOSTS": ",".join(model.url for model in models),
        }
        super().__init__(folder, SETTINGS | servers)
        self.cluster = cluster
        self.replica = replica
        self.broker = broker
        self.models = models
        self.receiver = receiver
        self.ollama_url = models[0].own_url
        self.database = SystemDatabase(cluster.url)
        self.unexpected_deaths: list[str] = []
        self._expected_deaths: set[int] = set()

    @property
    def urls(self) -> list[str]:
        return [str(self.client(n).base_url) for n in range(len(self.apis))]

    def start(self) -> None:
        """Start APIs and workers, and wait until they work."""
        for _ in range(APIS):
            self.add_api(kept=True)
        for _ in range(WORKERS):
            self.add_worker(kept=True)
        eventually(self.is_up, "APIs and workers are up", 90, self.workers[0].log)

    def expect_death(self, process: Process) -> None:
        """Record that a fault ends this process."""
        self._expected_deaths.add(process.pid)

    def is_up(self) -> bool:
        """Return whether each API answers and uses the replica, and each worker is alive."""
        if not all(process.alive for process in self.processes):
            return False
        with suppress(psycopg.OperationalError, httpx.HTTPError):
            return self._alive_workers() == WORKERS and all(map(_uses_replica, self.urls))
        return False

    def replica_searches(self) -> int:
        """Count the searches on the replica since the APIs started."""
        name, of_replica = "inkdex_searches_routed_total", {"database": "replica-1"}
        pages = [metrics.scrape(f"{url}/metrics") for url in self.urls]
        return sum(int(metrics.value(page, name, of_replica)) for page in pages)

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
        replica = Replica(folder, cluster.url)
        stack.callback(replica.stop)
        replica.start()
        broker = Redis(folder)
        stack.callback(broker.stop)
        broker.start()
        models = [
            stack.enter_context(model_server.running(f"model-server-{n}", folder))
            for n in range(MODEL_SERVERS)
        ]
        receiver = stack.enter_context(webhook_receiver.running())
        system = SoakSystem(cluster, replica, broker, models, receiver, folder)
        stack.callback(system.close)
        system.start()
        yield system


def _uses_replica(url: str) -> bool:
    if not answers(f"{url}/livez"):
        return False
    return metrics.value(metrics.scrape(f"{url}/metrics"), "inkdex_replica_up") == 1


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

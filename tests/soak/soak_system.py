"""The processes under test: servers of our own, two APIs and two workers that are kept alive."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import psycopg
from psycopg.rows import DictRow, dict_row

from local import ports
from tests.support import proxy as proxies
from tests.support.model_faults import too_long
from tests.support.processes import ROOT, answers, eventually
from tests.support.proxy import Exchange, Fault, Proxy, pass_on
from tests.support.server_processes import Postgres, Process, Redis

POISON = "unembeddable"
EMBED_TIMEOUT_SECONDS = 8.0
RESTART_SECONDS = 0.5
SETTINGS = {
    "EMBEDDING_MODEL": "all-minilm",
    "INKDEX_EMBED_TIMEOUT_SECONDS": str(EMBED_TIMEOUT_SECONDS),
}


class House:
    """Everything that runs, and the means to hurt it."""

    def __init__(
        self, cluster: Postgres, broker: Redis, proxy: Proxy, model_url: str, folder: Path
    ) -> None:
        self.cluster = cluster
        self.broker = broker
        self.proxy = proxy
        self.model_url = model_url
        self.apis = [Process(f"api-{n}", _python("api"), folder) for n in range(2)]
        self.workers = [Process(f"worker-{n}", _python("worker"), folder) for n in range(2)]
        self.urls: list[str] = []
        self.own_deaths: list[str] = []
        self._hurt: set[int] = set()
        self._closing = threading.Event()
        self._keeper = threading.Thread(target=self._keep, name="keeper")
        env = {**os.environ, **SETTINGS, "PYTHONUNBUFFERED": "1", "DATABASE_URL": cluster.url}
        env |= {"REDIS_URL": broker.url, "OLLAMA_HOST": proxy.url}
        for process in self.processes:
            process.env = env
        for api in self.apis:
            port = ports.free_port(frozenset(int(url.rsplit(":", 1)[1]) for url in self.urls))
            api.env = env | {"API_PORT": str(port)}
            self.urls.append(f"http://127.0.0.1:{port}")

    @property
    def processes(self) -> Sequence[Process]:
        """What the keeper keeps alive."""
        return (*self.apis, *self.workers)

    def start(self) -> None:
        """Start APIs and workers, and wait until they work."""
        self.break_model(pass_on)
        for process in self.processes:
            process.start()
        eventually(self.whole, "APIs and workers up", 60, self.workers[0].log)
        self._keeper.start()

    def close(self) -> None:
        """Stop APIs and workers; the servers are stopped by whoever started them."""
        self._closing.set()
        if self._keeper.is_alive():
            self._keeper.join()
        for process in self.processes:
            if process.alive:
                process.resume()
                process.child.send_signal(signal.SIGTERM)
        for process in self.processes:
            process.stop()

    def break_model(self, fault: Fault) -> None:
        """Let the model server fail in this way; poison it rejects in any case."""
        self.proxy.forget()
        self.proxy.fault = _rejecting_poison(fault)

    def hurt(self, process: Process) -> None:
        """Note that the death of a process is our doing."""
        self._hurt.add(process.pid)

    @contextmanager
    def database(self) -> Iterator[psycopg.Connection[DictRow]]:
        with psycopg.connect(
            self.cluster.url, autocommit=True, row_factory=dict_row, connect_timeout=5
        ) as connection:
            yield connection

    def whole(self) -> bool:
        """Return whether every API answers and every worker of the moment shows that it lives."""
        if not all(process.alive for process in self.processes):
            return False
        with suppress(psycopg.OperationalError):
            return self._beating() == len(self.workers) and all(
                answers(f"{url}/livez") for url in self.urls
            )
        return False

    def _beating(self) -> int:
        patterns = [f"%-{worker.pid}" for worker in self.workers]
        with self.database() as connection:
            return connection.execute(
                "SELECT FROM workers WHERE name LIKE ANY(%s) AND seen_at > now() - interval '5 s'",
                (patterns,),
            ).rowcount

    def _keep(self) -> None:
        while not self._closing.wait(0.1):
            for process in self.processes:
                if not process.alive:
                    if process.pid not in self._hurt:
                        self.own_deaths.append(_obituary(process))
                    time.sleep(RESTART_SECONDS)
                    process.start()


@contextmanager
def running(folder: Path) -> Iterator[House]:
    """Run a whole house for the length of the block, healthy at its start."""
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
        house = House(cluster, broker, proxy, url, folder)
        stack.callback(house.close)
        house.start()
        yield house


def _obituary(process: Process) -> str:
    at = time.strftime("%H:%M:%S", time.gmtime())
    return f"{process.name} died of its own at {at}Z with status {process.child.poll()}"


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

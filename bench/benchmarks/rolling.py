"""Requests while every API and worker is replaced, one after the other, as Kubernetes does it."""

import asyncio
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import count, cycle
from pathlib import Path
from threading import Thread
from typing import Any

import httpx

from bench import measure, stack
from bench.measure import Connection
from bench.servers import balancer, stub_model
from local import ports
from local.processes import service
from local.servers import probes

REPLICAS = 2
PER_SECOND = 200
CLIENTS = 32
KINDS = ("search", "get", "get", "get", "get", "put", "search", "get", "get", "get")
QUERIES = ("how ink dries", "paper and colour", "minutes until it is dry")
DRAIN_SECONDS = 5
MILLISECONDS_PER_TEXT = 2.0
QUIET_SECONDS = 30
FIRST_DOCUMENTS = 500

Replace = Callable[[], None]


@dataclass
class Phase:
    """The seconds of each request since it was due, and the answers that were no success."""

    name: str
    seconds: list[float] = field(default_factory=list)
    failures: Counter[str] = field(default_factory=Counter)
    started: float = field(default_factory=time.perf_counter)
    lasted: float = 0.0

    def end(self) -> None:
        self.lasted = time.perf_counter() - self.started

    def row(self) -> dict[str, Any]:
        failed = ", ".join(f"{why}: {times}" for why, times in self.failures.items())
        return {
            "name": self.name,
            "requests": len(self.seconds),
            "per second": len(self.seconds) / self.lasted,
            "errors": self.failures.total(),
            **measure.milliseconds(self.seconds),
            "what failed": failed,
        }


class Load:
    """Sends requests at a constant rate over connections that stay open."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._written = FIRST_DOCUMENTS
        self._numbers = count(FIRST_DOCUMENTS)
        self._kinds = cycle(KINDS)
        self._ends = False
        self.phase = Phase("before")
        self.phases = [self.phase]

    def begin(self, name: str) -> None:
        """Count what is due from now on in a phase of its own."""
        self.phase.end()
        self.phase = Phase(name)
        self.phases.append(self.phase)

    def end(self) -> None:
        self.phase.end()
        self._ends = True

    def run(self) -> None:
        asyncio.run(self._run())

    def documents(self) -> dict[str, Any]:
        """Return how many documents were written, and as errors how many of them are not ready."""
        stats = httpx.get(f"{self.url}/v1/stats", trust_env=False).raise_for_status().json()
        lost = self._written - stats["documents"]["ready"]
        return {"name": "documents that were written", "requests": self._written, "errors": lost}

    async def _run(self) -> None:
        started = time.perf_counter()
        due = (started + number / PER_SECOND for number in count())
        await asyncio.gather(*(self._client(due) for _ in range(CLIENTS)))

    async def _client(self, due: Iterator[float]) -> None:
        while not self._ends:
            try:
                async with Connection(self.url) as connection:
                    await self._use(connection, due)
            except (OSError, EOFError) as error:
                self.phase.failures[type(error).__name__] += 1

    async def _use(self, connection: Connection, due: Iterator[float]) -> None:
        while not self._ends:
            at = next(due)
            await asyncio.sleep(at - time.perf_counter())
            phase = self.phase
            status = await self._send(connection, next(self._kinds))
            phase.seconds.append(time.perf_counter() - at)
            if status not in {200, 201}:
                phase.failures[str(status)] += 1

    async def _send(self, connection: Connection, kind: str) -> int:
        number = next(self._numbers)
        if kind == "put":
            path, body = f"/v1/documents/d{number}", {"content": _text(number)}
            status, _ = await connection.request("PUT", path, body)
            self._written += status == 201
            return status
        path = f"/v1/documents/d{number % FIRST_DOCUMENTS}"
        if kind == "search":
            path = f"/v1/search?q={QUERIES[number % len(QUERIES)].replace(' ', '+')}"
        return (await connection.request("GET", path))[0]


def run() -> list[dict[str, Any]]:
    """Replace all processes under load. Return times, errors and lost documents."""
    with ExitStack() as parts:
        folder = Path(parts.enter_context(tempfile.TemporaryDirectory(prefix="inkdex-")))
        database_url, redis_url = parts.enter_context(stack.databases(folder))
        model, _ = parts.enter_context(stub_model.running(folder, MILLISECONDS_PER_TEXT))
        environment = {
            "DATABASE_URL": database_url,
            "REDIS_URL": redis_url,
            "OLLAMA_HOST": model,
            "EMBEDDING_MODEL": stub_model.MODEL,
            "INKDEX_DRAIN_SECONDS": str(DRAIN_SECONDS),
        }
        # A new process runs beside the old one, so each needs two ports.
        pairs = [(ports.free_port(), ports.free_port()) for _ in range(2 * REPLICAS)]
        replace = [
            parts.enter_context(_replaceable(folder, environment, name, pair))
            for name, pair in zip(
                (*("api",) * REPLICAS, *("worker",) * REPLICAS), pairs, strict=True
            )
        ]
        of_apis = [port for pair in pairs[:REPLICAS] for port in pair]
        url = f"http://127.0.0.1:{parts.enter_context(balancer.running(folder, of_apis))}"
        load = Load(url)
        rows = measured(load, replace)
        measure.until_ready(database_url)
        return [*rows, load.documents()]


def measured(load: "Load", replace: list[Replace]) -> list[dict[str, Any]]:
    """Return a row for the time before, while and after the processes are replaced."""
    texts = [{"id": f"d{number}", "content": _text(number)} for number in range(FIRST_DOCUMENTS)]
    measure.import_all(load.url, texts)
    sending = Thread(target=load.run)
    sending.start()
    try:
        time.sleep(QUIET_SECONDS)
        load.begin("during")
        for each in replace:
            each()
        load.begin("after")
        time.sleep(QUIET_SECONDS)
    finally:
        load.end()
        sending.join()
    return [phase.row() for phase in load.phases]


@contextmanager
def _replaceable(
    folder: Path, environment: dict[str, str], name: str, pair: tuple[int, int]
) -> Iterator[Replace]:
    """Run a process. Yield what starts another one, waits until it is ready, and ends the first."""
    turns = cycle(pair)
    with ExitStack() as running:
        running.enter_context(_process(folder, environment, name, next(turns)))

        def replace() -> None:
            with ExitStack() as new:
                new.enter_context(_process(folder, environment, name, next(turns)))
                running.close()
                running.push(new.pop_all())

        yield replace


@contextmanager
def _process(folder: Path, environment: dict[str, str], name: str, port: int) -> Iterator[None]:
    ports_of = {"API_PORT": str(port), "INKDEX_WORKER_METRICS_PORT": str(port)}
    program = stack.own_program(name, (name,), environment | ports_of, lambda: _is_ready(port))
    with service.running(program, folder / f"{name}-{port}.log"):
        yield


def _is_ready(port: int) -> bool:
    return probes.http_status(port, "/readyz") == 200


def _text(number: int) -> str:
    return f"Note {number}: ink of colour {number % 13} dries on paper in {number % 97} minutes."

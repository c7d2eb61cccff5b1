"""Hybrid search seen from outside, next to a bare endpoint with plain SQL on the same data.

The vector of every query is known, so the times exclude the model. Both take turns.
"""

import math
import statistics
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

import psutil

from bench import measure, raw_client, stack
from bench.corpus import database
from bench.corpus.synthetic import Corpus
from bench.raw_client import Answers
from bench.servers import baseline_search, query_vectors

CHUNKS = 23_000
CLIENTS = (1, 16, 64)


def run(*, quick: bool) -> list[dict[str, Any]]:
    """Measure Inkdex and the bare endpoint with each number of clients, in turns."""
    seconds, rounds = (1.0, 1) if quick else (4.0, 3)
    corpus = Corpus(CHUNKS)
    with (
        query_vectors.running(corpus.queries) as ollama_host,
        stack.running(environment={"OLLAMA_HOST": ollama_host}, workers=0) as served,
    ):
        database.store(served.database_url, corpus)
        with baseline_search.running(served, corpus) as baseline:
            servers = _servers(served.api, baseline, list(corpus.queries))
            for server in servers:  # fills the caches and makes the plans
                server.run(max(CLIENTS), seconds)
                server.measured.clear()
            for _ in range(rounds):
                for clients in CLIENTS:
                    for server in servers:
                        server.run(clients, seconds)
    return [row for server in servers for row in server.rows()]


def _servers(api: str, baseline: str, queries: Sequence[str]) -> "list[Server]":
    fields = {"collection": database.COLLECTION}
    searches = [f"/v1/search?{urlencode({**fields, 'q': query})}" for query in queries]
    plain = [f"/search?q={quote(query)}" for query in queries]
    return [
        Server("Inkdex", api, raw_client.get(api, searches), frozenset({"api", "api.process"})),
        Server(
            "bare endpoint",
            baseline,
            raw_client.get(baseline, plain),
            frozenset({"bench.servers.baseline_search"}),
        ),
    ]


@dataclass(frozen=True)
class Measured:
    """The answers of one turn, and the processor time that the server and PostgreSQL used."""

    answers: Answers
    server_seconds: float
    postgres_seconds: float


@dataclass
class Server:
    """A server under test, and what was measured of it with each number of clients."""

    name: str
    url: str
    requests: Sequence[bytes]
    modules: frozenset[str]
    measured: dict[int, list[Measured]] = field(default_factory=lambda: defaultdict(list))

    def run(self, clients: int, seconds: float) -> None:
        """Send requests for some seconds."""
        server, postgres = self._server_seconds(), _postgres_seconds()
        answers = raw_client.send(self.url, self.requests, clients, seconds)
        self.measured[clients].append(
            Measured(answers, self._server_seconds() - server, _postgres_seconds() - postgres)
        )

    def rows(self) -> Iterator[dict[str, Any]]:
        for clients, turns in self.measured.items():
            durations = [each for turn in turns for each in turn.answers.durations]
            times = measure.milliseconds(durations)
            yield {
                "name": f"{self.name}, {clients} client{'s' if clients > 1 else ''}",
                "p50_ms": times["p50_ms"],
                "p95_ms": times["p95_ms"],
                "per second": statistics.mean(turn.answers.per_second for turn in turns),
                "refused": sum(turn.answers.others.total() for turn in turns),
                "server ms": _milliseconds((turn.server_seconds for turn in turns), len(durations)),
                "PostgreSQL ms": _milliseconds(
                    (turn.postgres_seconds for turn in turns), len(durations)
                ),
            }

    def _server_seconds(self) -> float:
        return _processor_seconds(lambda process: bool(self.modules & set(process.cmdline())))


def _milliseconds(seconds: Iterable[float], answers: int) -> float:
    return 1000 * math.fsum(seconds) / answers


def _postgres_seconds() -> float:
    return _processor_seconds(lambda process: process.name() == "postgres")


def _processor_seconds(is_counted: Callable[[psutil.Process], bool]) -> float:
    """Return the processor time of children of this process and of those that they reaped."""
    seconds = 0.0
    for process in psutil.Process().children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            if is_counted(process):
                seconds += sum(process.cpu_times()[:4])
    return seconds

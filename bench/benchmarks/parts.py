"""One, two and four of each part: of workers, model servers, API processes and read replicas.

The model servers simulate hardware of their own: they sleep for each text. Everything else shares
the cores of this machine, so more of a part that needs the processor gains nothing beyond them.
"""

import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx

from bench import measure, raw_client, stack
from bench.benchmarks import efficiency
from bench.corpus import database
from bench.corpus.synthetic import Corpus
from bench.measure import Document
from bench.servers import query_vectors, standby, stub_model
from bench.servers.standby import Standby
from local import ports

NUMBERS = (1, 2, 4)
MILLISECONDS = 10.0
CHUNKS = 23_000
CLIENTS = 16
USED_SECONDS = 60
Row = dict[str, Any]


def run(*, quick: bool) -> list[Row]:
    """Measure each number of each part. `ratio` is to the first number of the same part."""
    documents = measure.documents(400 if quick else 2000, efficiency.ONE_CHUNK_CHARACTERS)
    groups = [
        [_embedded(f"{n} workers", documents, workers=n, servers=4) for n in NUMBERS],
        [_embedded(f"{n} model servers", documents, workers=1, servers=n) for n in NUMBERS],
        *_searched(2.0 if quick else 6.0),
    ]
    return [
        row | {"ratio": row["per second"] / rows[0]["per second"]}
        for rows in groups
        for row in rows
    ]


def _embedded(name: str, documents: list[Document], *, workers: int, servers: int) -> Row:
    """Return how many documents become ready in a second."""
    with ExitStack() as parts:
        folder = Path(parts.enter_context(tempfile.TemporaryDirectory()))
        addresses = [
            parts.enter_context(stub_model.running(folder, MILLISECONDS))[0] for _ in range(servers)
        ]
        environment = {"OLLAMA_HOST": addresses[0], "OLLAMA_HOSTS": ",".join(addresses)}
        served = parts.enter_context(stack.running(environment=environment, workers=0))
        measure.import_all(served.api, documents)
        parts.enter_context(stack.some_workers(served, workers))
        pending, started = measure.until_pending(served.database_url, len(documents) * 9 // 10)
        seconds = measure.until_ready(served.database_url) - started
    return {"name": name, "per second": pending / seconds}


@dataclass
class _Searched:
    """Databases with documents, and what searches them."""

    folder: Path
    environment: dict[str, str]
    requests: Sequence[str]
    seconds: float
    _numbers: Iterator[int] = field(default_factory=count)

    def row(self, name: str, *, processes: int, replicas: int) -> Row:
        """Return the searches of CLIENTS in a second, and their time."""
        port = ports.free_port()
        environment = {
            **self.environment,
            "API_PORT": str(port),
            "INKDEX_API_PROCESSES": str(processes),
        }
        with ExitStack() as parts:
            urls = [parts.enter_context(self._standby()).url for _ in range(replicas)]
            environment["DATABASE_REPLICA_URLS"] = " ".join(urls)
            parts.enter_context(stack.processes(self.folder, environment, workers=0))
            url = f"http://127.0.0.1:{port}"
            _until_used(url, replicas)
            prepared = raw_client.get(url, self.requests)
            raw_client.send(url, prepared, CLIENTS, self.seconds)  # fills caches, makes plans
            answers = raw_client.send(url, prepared, CLIENTS, self.seconds)
            by_replicas = _sum(url, 'inkdex_searches_routed_total{database="replica-')
        p95 = measure.milliseconds(answers.durations)["p95_ms"]
        found = {"per second": answers.per_second, "p95_ms": p95}
        return {"name": name, **found, "by replicas": int(by_replicas)}

    def _standby(self) -> AbstractContextManager[Standby]:
        directory = self.folder / f"standby-{next(self._numbers)}"
        return standby.running(directory, self.environment["DATABASE_URL"])


def _until_used(api: str, replicas: int) -> None:
    give_up_at = time.monotonic() + USED_SECONDS
    while _sum(api, "inkdex_replica_up") < replicas:
        if time.monotonic() > give_up_at:
            raise TimeoutError("the API does not use all read replicas")
        time.sleep(0.1)


def _sum(api: str, name: str) -> float:
    """Return the sum of all metrics whose lines begin with a name."""
    lines = httpx.get(f"{api}/metrics", trust_env=False).text.splitlines()
    return sum(float(line.rsplit(" ", 1)[1]) for line in lines if line.startswith(name))


def _searched(seconds: float) -> list[list[Row]]:
    corpus = Corpus(CHUNKS)
    fields = {"collection": database.COLLECTION}
    requests = [f"/v1/search?{urlencode({**fields, 'q': query})}" for query in corpus.queries]
    with (
        tempfile.TemporaryDirectory(prefix="inkdex-") as name,
        query_vectors.running(corpus.queries) as ollama_host,
        stack.databases(Path(name)) as (database_url, redis_url),
    ):
        database.store(database_url, corpus)
        environment = {
            "DATABASE_URL": database_url,
            "REDIS_URL": redis_url,
            "OLLAMA_HOST": ollama_host,
            "EMBEDDING_MODEL": "all-minilm",
        }
        searched = _Searched(Path(name), environment, requests, seconds)
        return [
            [searched.row(f"{n} API processes", processes=n, replicas=0) for n in NUMBERS],
            [searched.row(f"{n} read replicas", processes=2, replicas=n) for n in (0, *NUMBERS)],
        ]

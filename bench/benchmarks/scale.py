"""How search behaves as the corpus grows: time, recall and the size of its indexes.

Every query's vector is in the API's cache, so the figures are those of the search itself. Beside
it a bare endpoint answers the same queries through the same driver; the ways take turns, so that
whatever else the machine does meets all of them.
"""

import http.client
import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import quantiles
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from bench import stack
from bench.corpus import database as filling
from bench.corpus.synthetic import Corpus
from bench.output import line_chart as growth
from bench.output import report
from bench.servers import query_vectors as query_server
from bench.stack import Stack
from local import ports
from local.processes import service
from local.servers import probes

ROUNDS = 3
PART = 7
MODES = ("text", "semantic", "hybrid")
MILLION = {"shared_buffers": "4GB", "maintenance_work_mem": "4GB"}
"""So many chunks, their index and their words take about that much; an index is built in it."""


@dataclass
class Way:
    """A way to ask: where, by which path, and what came of it."""

    name: str
    host: str
    path: Callable[[str], str]
    part: int | None = None
    milliseconds: list[float] = field(default_factory=list)
    found: dict[str, list[int]] = field(default_factory=dict)

    def ask(self, connections: Mapping[str, http.client.HTTPConnection], query: str) -> None:
        """Ask once, and note the time and the hits."""
        connection = connections[self.host]
        try:
            self._ask(connection, query)
        except http.client.RemoteDisconnected:  # it was idle while another way took long
            connection.close()
            self._ask(connection, query)

    def _ask(self, connection: http.client.HTTPConnection, query: str) -> None:
        started = time.perf_counter()
        connection.request("GET", self.path(query))
        answer = connection.getresponse()
        body = answer.read()
        self.milliseconds.append((time.perf_counter() - started) * 1000)
        if answer.status != 200:
            raise RuntimeError(f"{self.name} answered {answer.status} to {query!r}")
        self.found[query] = _ids(json.loads(body))


def run(sizes: Sequence[int]) -> list[dict[str, Any]]:
    """Measure each size on a fresh stack, print tables, and return all rows."""
    rows: list[dict[str, Any]] = []
    for size in sizes:
        measured = list(measure(Corpus(size)))
        report.table(measured, f"{size:,} chunks")
        rows += measured
    return rows


def measure(corpus: Corpus) -> Iterator[dict[str, Any]]:
    """Yield a row for each way to search a corpus."""
    with (
        query_server.running(corpus.queries) as ollama_host,
        stack.running(
            environment={"OLLAMA_HOST": ollama_host},
            workers=0,
            postgres_settings=MILLION if corpus.size >= 1_000_000 else None,
        ) as served,
    ):
        filled = filling.fill(served.database_url, corpus)
        with _bare(served, corpus) as bare:
            ways = [*_product_ways(served), bare]
            _take_turns(ways, list(corpus.queries))
    for way in ways:
        yield _row(corpus, way)
    for index, seconds, size in filled.indexes:
        built = {"build s": round(seconds, 1), "MB": round(size / 2**20, 1)}
        yield {"chunks": corpus.size, "way": f"index of {index}"} | built


def _take_turns(ways: Sequence[Way], queries: Sequence[str]) -> None:
    connections = {way.host: http.client.HTTPConnection(way.host, timeout=60) for way in ways}
    for counted in (False, *[True] * ROUNDS):
        for query in queries:
            for way in ways:
                way.ask(connections, query)
        if not counted:  # the first round filled the caches
            for way in ways:
                way.milliseconds.clear()
    for connection in connections.values():
        connection.close()


def _product_ways(served: Stack) -> Iterator[Way]:
    host = urlsplit(served.api).netloc
    for mode in MODES:
        for part in (None, PART):
            name = mode if part is None else f"{mode}, 1% filter"
            yield Way(name, host, _search_path(mode, part), part)


def _search_path(mode: str, part: int | None) -> Callable[[str], str]:
    fields = {"collection": filling.COLLECTION, "mode": mode}
    if part is not None:
        fields["filter"] = json.dumps({"part": part})
    return lambda query: f"/v1/search?{urlencode(fields | {'q': query})}"


@contextmanager
def _bare(served: Stack, corpus: Corpus) -> Iterator[Way]:
    port, vectors = ports.free_port(), served.folder / "vectors.json"
    texts = {query: json.dumps(vector.tolist()) for query, vector in corpus.queries.items()}
    vectors.write_text(json.dumps(texts))
    argv = (
        *stack.PYTHON,
        "bench.servers.baseline_search",
        served.database_url,
        str(vectors),
        str(port),
    )
    query = quote(next(iter(corpus.queries)))
    endpoint = service.Service(
        name="bare endpoint",
        argv=argv,
        ready=lambda: probes.http_status(port, f"/search?q={query}") == 200,
    )
    with service.running(endpoint, served.folder / "bare.log"):
        yield Way("bare endpoint", f"127.0.0.1:{port}", lambda query: f"/search?q={quote(query)}")


def _row(corpus: Corpus, way: Way) -> dict[str, Any]:
    cuts = quantiles(way.milliseconds, n=100)
    row: dict[str, Any] = {"chunks": corpus.size, "way": way.name}
    row |= {f"p{place} ms": round(cuts[place - 1], 2) for place in (50, 95, 99)}
    if way.name.startswith("semantic"):
        row["recall@10"] = _recall(corpus, way)
    return row


def _recall(corpus: Corpus, way: Way) -> float:
    found = 0
    for query, vector in corpus.queries.items():
        found += len(set(way.found[query]) & set(corpus.nearest(vector, 10, way.part)))
    return round(found / (10 * len(corpus.queries)), 4)


def _ids(body: dict[str, Any]) -> list[int]:
    hits: list[dict[str, Any]] = body["hits"]
    return [int(hit.get("document", hit)["id"]) for hit in hits]


def draw(rows: Sequence[Mapping[str, Any]], path: Path) -> None:
    """Draw how the slower searches of each way grow."""
    lines: dict[str, list[tuple[float, float]]] = {}
    for row in rows:
        if "p95 ms" in row:
            lines.setdefault(row["way"], []).append((row["chunks"], row["p95 ms"]))
    growth.save(path, "95 of 100 searches are answered within", ("chunks", "ms"), lines)

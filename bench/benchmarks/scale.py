"""Search as the corpus grows: latency, recall and the size of the indexes.

The vector of every query is in the API's cache, so the times exclude the model. A baseline
endpoint answers the same queries with the same driver. All variants take turns, so noise affects
each of them.
"""

import http.client
import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from statistics import quantiles
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from bench import stack
from bench.corpus import database, vector_index
from bench.corpus.synthetic import PARTS, Corpus
from bench.corpus.vector_index import KINDS, BuiltIndex
from bench.output import line_chart, report
from bench.servers import baseline_search, query_vectors
from bench.stack import Stack

ROUNDS = 3
MODES = ("text", "semantic", "hybrid")
SELECTIONS: Mapping[str, Sequence[int]] = {
    "": range(PARTS),
    ", 3% filter": (7, 8, 9),
    ", 1% filter": (7,),
}
"""The parts of the corpus that are searched."""
GRAPH_BYTES = {"halfvec": 1550, "bits": 850}
"""The memory that a build needs for a chunk. Without it, a build takes many times longer."""


@dataclass
class Variant:
    """A kind of search: its endpoint, its times and its hits."""

    name: str
    host: str
    path: Callable[[str], str]
    parts: Sequence[int] = range(PARTS)
    milliseconds: list[float] = field(default_factory=list)
    hits: dict[str, list[int]] = field(default_factory=dict)

    def search(self, connections: Mapping[str, http.client.HTTPConnection], query: str) -> None:
        """Search once. Store the time and the hits."""
        connection = connections[self.host]
        try:
            self._request(connection, query)
        except http.client.RemoteDisconnected:  # the idle connection timed out
            connection.close()
            self._request(connection, query)

    def _request(self, connection: http.client.HTTPConnection, query: str) -> None:
        started = time.perf_counter()
        connection.request("GET", self.path(query))
        answer = connection.getresponse()
        body = answer.read()
        self.milliseconds.append((time.perf_counter() - started) * 1000)
        if answer.status != 200:
            raise RuntimeError(f"{self.name} answered {answer.status} to {query!r}")
        self.hits[query] = _ids(json.loads(body))


def run(
    sizes: Sequence[int], kinds: Sequence[str], *, has_texts: bool = True
) -> list[dict[str, Any]]:
    """Measure each size on a new stack. Print the rows and a table of each. Return all rows."""
    rows: list[dict[str, Any]] = []
    for size in sizes:
        measured = []
        for row in measure(Corpus(size, has_texts=has_texts), kinds):
            print(row, flush=True)  # the next one may take hours
            measured.append(row)
        report.table(measured, f"{size:,} chunks")
        rows += measured
    return rows


def measure(corpus: Corpus, kinds: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Yield a row for each variant and for each index."""
    with (
        query_vectors.running(corpus.queries) as ollama_host,
        stack.running(
            environment={"OLLAMA_HOST": ollama_host},
            workers=0,
            postgres_settings=_memory(corpus, kinds) if corpus.size >= 1_000_000 else None,
        ) as served,
    ):
        written = database.write(served.database_url, corpus)
        rate = round(corpus.size / written.seconds)
        yield {"chunks": corpus.size, "variant": "chunks without index", "chunks/s": rate}
        if corpus.has_texts:
            yield _index_row(corpus, written.texts)
        for kind in kinds:
            yield from _measure_index(served, corpus, kind)


def _memory(corpus: Corpus, kinds: Sequence[str]) -> Mapping[str, str]:
    graph = corpus.size * max(GRAPH_BYTES[kind] for kind in kinds) // 2**20
    return {"shared_buffers": "4GB", "maintenance_work_mem": f"{graph}MB", "max_wal_size": "4GB"}


def _measure_index(served: Stack, corpus: Corpus, kind: str) -> Iterator[dict[str, Any]]:
    built = vector_index.build(served.database_url, corpus, KINDS[kind])
    index = {"index": kind}
    yield index | _index_row(corpus, built.index) | {"insert ms": round(built.insert_ms, 3)}
    for variant in _measured(served, corpus):
        yield index | _row(corpus, variant)


def _index_row(corpus: Corpus, index: BuiltIndex) -> dict[str, Any]:
    sizes = {"build s": round(index.seconds, 1), "MB": round(index.size / 2**20, 1)}
    return {"chunks": corpus.size, "variant": f"index of {index.name}"} | sizes


def _measured(served: Stack, corpus: Corpus) -> Sequence[Variant]:
    queries = list(corpus.queries)
    if not corpus.has_texts:
        variants = list(_product_variants(served, ["semantic"]))
        _take_turns(variants, queries)
        return variants
    with baseline_search.running(served, corpus) as url:
        variants = [*_product_variants(served, MODES), _baseline_variant(url)]
        _take_turns(variants, queries)
        return variants


def _take_turns(variants: Sequence[Variant], queries: Sequence[str]) -> None:
    connections = {
        variant.host: http.client.HTTPConnection(variant.host, timeout=60) for variant in variants
    }
    for counted in (False, *[True] * ROUNDS):
        for query in queries:
            for variant in variants:
                variant.search(connections, query)
        if not counted:  # the first round fills the caches
            for variant in variants:
                variant.milliseconds.clear()
    for connection in connections.values():
        connection.close()


def _product_variants(served: Stack, modes: Sequence[str]) -> Iterator[Variant]:
    host = urlsplit(served.api).netloc
    for mode in modes:
        for name, parts in SELECTIONS.items():
            yield Variant(mode + name, host, _search_path(mode, parts), parts)


def _search_path(mode: str, parts: Sequence[int]) -> Callable[[str], str]:
    fields = {"collection": database.COLLECTION, "mode": mode}
    if len(parts) < PARTS:
        fields["filter"] = json.dumps({"part": {"in": list(parts)}})
    return lambda query: f"/v1/search?{urlencode(fields | {'q': query})}"


def _baseline_variant(url: str) -> Variant:
    host = urlsplit(url).netloc
    return Variant("baseline endpoint", host, lambda query: f"/search?q={quote(query)}")


def _row(corpus: Corpus, variant: Variant) -> dict[str, Any]:
    cuts = quantiles(variant.milliseconds, n=100)
    row: dict[str, Any] = {"chunks": corpus.size, "variant": variant.name}
    row |= {f"p{percent} ms": round(cuts[percent - 1], 2) for percent in (50, 95, 99)}
    if variant.name.startswith("semantic"):
        row["recall@10"] = _recall(corpus, variant)
    return row


def _recall(corpus: Corpus, variant: Variant) -> float:
    nearest = _nearest(corpus, variant.parts)
    found = sum(len(set(variant.hits[query]) & set(best)) for query, best in nearest.items())
    return round(found / (10 * len(nearest)), 4)


@cache
def _nearest(corpus: Corpus, parts: Sequence[int]) -> Mapping[str, Sequence[int]]:
    return corpus.nearest(10, parts)


def _ids(body: dict[str, Any]) -> list[int]:
    hits: list[dict[str, Any]] = body["hits"]
    return [int(hit.get("document", hit)["id"]) for hit in hits]


def draw(rows: Sequence[Mapping[str, Any]], path: Path) -> None:
    """Draw the p95 latency of each variant by corpus size."""
    lines: dict[str, list[tuple[float, float]]] = {}
    for row in rows:
        if "p95 ms" in row:
            name = f"{row['variant']}, {row['index']}"
            lines.setdefault(name, []).append((row["chunks"], row["p95 ms"]))
    line_chart.save(path, "Latency of searches (p95)", ("chunks", "ms"), lines)

"""How good the hits are: judged queries through the API, in all three modes.

A folder holds `corpus.jsonl` (`_id`, `title`, `text`), `queries.jsonl` (`_id`, `text`) and
`qrels.tsv` (`query-id`, `corpus-id`, `score`, under a line of headings).
"""

import csv
import json
import math
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean
from typing import Any

import httpx

from bench import stack
from bench.output import report

MODES = ("text", "semantic", "hybrid")
DEPTH = 100
BATCH = 500
YARDSTICKS: dict[str, dict[str, float]] = {
    "cranfield": {"text": 0.376, "semantic": 0.395, "hybrid": 0.422},
    "cisi": {"text": 0.381},
}
"""nDCG@10 of exact search with the same model: BM25, the vectors, and their fusion."""

Grades = Mapping[str, int]


@dataclass(frozen=True)
class Judged:
    """A corpus with queries and the documents that people judged relevant to each."""

    name: str
    corpus: Sequence[Mapping[str, str]]
    queries: Mapping[str, str]
    relevant: Mapping[str, Grades]


def run(folders: Sequence[Path]) -> list[dict[str, Any]]:
    """Measure each folder on a fresh stack, print a table, and return its rows."""
    rows = []
    with stack.running() as served, httpx.Client(base_url=served.api, timeout=60) as client:
        for folder in folders:
            judged = load(folder)
            seconds = import_corpus(client, judged)
            print(f"{judged.name}: {len(judged.corpus)} documents ready after {seconds:.0f} s")
            rows += [measure(client, judged, mode) for mode in MODES]
    report.table(rows)
    return rows


def load(folder: Path) -> Judged:
    """Read a folder of judged queries; those without any relevant document are left out."""
    relevant: dict[str, dict[str, int]] = {}
    with (folder / "qrels.tsv").open(newline="") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            if int(row["score"]) > 0:
                relevant.setdefault(row["query-id"], {})[row["corpus-id"]] = int(row["score"])
    queries = {line["_id"]: line["text"] for line in _lines(folder / "queries.jsonl")}
    judged = {id_: text for id_, text in queries.items() if id_ in relevant}
    return Judged(folder.name, list(_lines(folder / "corpus.jsonl")), judged, relevant)


def import_corpus(client: httpx.Client, judged: Judged) -> float:
    """Import a corpus into a collection of its name; return the seconds until all was ready."""
    started = time.monotonic()
    documents = [_document(line) for line in judged.corpus if line["text"].strip()]
    for first in range(0, len(documents), BATCH):
        answer = client.post(
            "/v1/documents/bulk",
            params={"collection": judged.name},
            json=documents[first : first + BATCH],
        )
        rejected = answer.raise_for_status().json()["rejected"]
        if rejected:
            raise ValueError(f"{len(rejected)} documents were rejected, as in {rejected[0]}")
    while _pending(client, judged.name):
        time.sleep(0.5)
    return time.monotonic() - started


def measure(client: httpx.Client, judged: Judged, mode: str) -> dict[str, Any]:
    """Run every query in one mode; return the means over the queries."""
    found = {id_: _search(client, judged.name, text, mode) for id_, text in judged.queries.items()}
    scored = [(found[id_], judged.relevant[id_]) for id_ in judged.queries]
    return {
        "corpus": judged.name,
        "mode": mode,
        "queries": len(scored),
        "ndcg@10": round(mean(ndcg(*each) for each in scored), 4),
        "yardstick": YARDSTICKS.get(judged.name, {}).get(mode),
        "recall@100": round(mean(recall(*each) for each in scored), 4),
        "mrr": round(mean(reciprocal_rank(*each) for each in scored), 4),
    }


def ndcg(found: Sequence[str], relevant: Grades, depth: int = 10) -> float:
    """Return the discounted gain of the first hits, as a part of what the best order gains."""
    gains = [relevant.get(id_, 0) for id_ in found[:depth]]
    best = sorted(relevant.values(), reverse=True)[:depth]
    return _discounted(gains) / _discounted(best)


def recall(found: Sequence[str], relevant: Grades, depth: int = DEPTH) -> float:
    """Return the part of the relevant documents that is among the first hits."""
    return len(relevant.keys() & set(found[:depth])) / len(relevant)


def reciprocal_rank(found: Sequence[str], relevant: Grades) -> float:
    """Return one over the place of the first relevant hit; 0 if there is none."""
    return next((1 / place for place, id_ in enumerate(found, 1) if id_ in relevant), 0.0)


def _discounted(gains: Sequence[int]) -> float:
    return sum(gain / math.log2(place + 1) for place, gain in enumerate(gains, 1))


def _search(client: httpx.Client, collection: str, query: str, mode: str) -> list[str]:
    body = {"q": query, "collection": collection, "mode": mode, "limit": DEPTH}
    answer = client.post("/v1/search", json=body).raise_for_status().json()
    if answer["degraded"]:
        raise RuntimeError("a search was degraded: the figures would be those of text alone")
    return [hit["document"]["id"] for hit in answer["hits"]]


def _pending(client: httpx.Client, collection: str) -> bool:
    page = client.get(
        "/v1/documents", params={"collection": collection, "status": "pending", "limit": 1}
    )
    return bool(page.raise_for_status().json()["items"])


def _document(line: Mapping[str, str]) -> dict[str, str]:
    document = {"id": line["_id"], "content": line["text"]}
    return document | ({"title": line["title"]} if line.get("title") else {})


def _lines(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)

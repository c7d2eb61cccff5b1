"""The quality of hits: runs queries with relevance judgements in all three modes.

A folder contains `corpus.jsonl` (`_id`, `title`, `text`), `queries.jsonl` (`_id`, `text`) and
`qrels.tsv` (`query-id`, `corpus-id`, `score`, below a header line).
"""

import csv
import json
import math
import os
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
REFERENCES: dict[str, dict[str, float]] = {
    "cranfield": {"text": 0.376, "semantic": 0.395, "hybrid": 0.422},
    "cisi": {"text": 0.381},
}
"""nDCG@10 of exact search with the same model: BM25, vectors, and their fusion."""

Grades = Mapping[str, int]
Answer = Mapping[str, Any]


@dataclass(frozen=True)
class Judged:
    """A corpus with queries, and the documents that people judged relevant to each query."""

    name: str
    corpus: Sequence[Mapping[str, str]]
    queries: Mapping[str, str]
    relevant: Mapping[str, Grades]


def run(folders: Sequence[Path], *, rerank: bool = False) -> list[dict[str, Any]]:
    """Measure each folder on a new stack. Print a table and return its rows.

    With `rerank`, hybrid searches are measured with the reranker of RERANK_URL or
    RERANK_CHAT_MODEL too.
    """
    rows = []
    chosen = reranker_host(os.environ) if rerank else {}
    with (
        stack.running(environment=chosen) as served,
        httpx.Client(base_url=served.api, timeout=60) as client,
    ):
        for folder in folders:
            judged = load(folder)
            seconds = import_corpus(client, judged)
            print(f"{judged.name}: {len(judged.corpus)} documents ready after {seconds:.0f} s")
            rows += [measure(client, judged, mode) for mode in MODES]
            if rerank:
                rows.append(measure(client, judged, "hybrid", rerank=True))
    report.table(rows)
    return rows


def reranker_host(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the setting of the Ollama with the chat model. It must have all-minilm, too."""
    host = environment.get("OLLAMA_HOST")
    return {"OLLAMA_HOST": host} if host and environment.get("RERANK_CHAT_MODEL") else {}


def load(folder: Path) -> Judged:
    """Read a folder. Queries without a relevant document are omitted."""
    relevant: dict[str, dict[str, int]] = {}
    with (folder / "qrels.tsv").open(newline="") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            if int(row["score"]) > 0:
                relevant.setdefault(row["query-id"], {})[row["corpus-id"]] = int(row["score"])
    queries = {line["_id"]: line["text"] for line in _lines(folder / "queries.jsonl")}
    judged = {id_: text for id_, text in queries.items() if id_ in relevant}
    return Judged(folder.name, list(_lines(folder / "corpus.jsonl")), judged, relevant)


def import_corpus(client: httpx.Client, judged: Judged) -> float:
    """Import a corpus into a collection. Return the seconds until all documents were ready."""
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
            raise ValueError(f"{len(rejected)} documents were rejected, for example {rejected[0]}")
    while _pending(client, judged.name):
        time.sleep(0.5)
    return time.monotonic() - started


def measure(
    client: httpx.Client, judged: Judged, mode: str, *, rerank: bool = False
) -> dict[str, Any]:
    """Run every query in one mode and return the mean measures.

    `reranked` is the share of the hits that the reranker scored within its time budget.
    """
    asked = {"collection": judged.name, "mode": mode, "rerank": rerank}
    answers = [_search(client, text, asked) for text in judged.queries.values()]
    found = zip(map(_ids, answers), judged.queries, strict=True)
    scored = [(hits, judged.relevant[id_]) for hits, id_ in found]
    shares = {"reranked": _reranked_share(answers)} if rerank else {}
    return {
        "corpus": judged.name,
        "mode": f"{mode}, reranked" if rerank else mode,
        "queries": len(scored),
        "ndcg@10": round(mean(ndcg(*each) for each in scored), 4),
        "reference": None if rerank else REFERENCES.get(judged.name, {}).get(mode),
        "recall@100": round(mean(recall(*each) for each in scored), 4),
        "mrr": round(mean(reciprocal_rank(*each) for each in scored), 4),
        **shares,
    }


def ndcg(hits: Sequence[str], relevant: Grades, depth: int = 10) -> float:
    """Return the discounted gain of the first hits, divided by the gain of the best order."""
    gains = [relevant.get(id_, 0) for id_ in hits[:depth]]
    best = sorted(relevant.values(), reverse=True)[:depth]
    return _discounted(gains) / _discounted(best)


def recall(hits: Sequence[str], relevant: Grades, depth: int = DEPTH) -> float:
    """Return the share of the relevant documents among the first hits."""
    return len(relevant.keys() & set(hits[:depth])) / len(relevant)


def reciprocal_rank(hits: Sequence[str], relevant: Grades) -> float:
    """Return 1 / rank of the first relevant hit, or 0 if there is none."""
    return next((1 / rank for rank, id_ in enumerate(hits, 1) if id_ in relevant), 0.0)


def _discounted(gains: Sequence[int]) -> float:
    return sum(gain / math.log2(rank + 1) for rank, gain in enumerate(gains, 1))


def _search(client: httpx.Client, query: str, asked: Mapping[str, Any]) -> Answer:
    body = {"q": query, "limit": DEPTH, **asked}
    answer: Answer = client.post("/v1/search", json=body).raise_for_status().json()
    if answer["degraded"]:
        raise RuntimeError("a search was degraded: its hits match words only")
    return answer


def _ids(answer: Answer) -> list[str]:
    return [hit["document"]["id"] for hit in answer["hits"]]


def _reranked_share(answers: Sequence[Answer]) -> float:
    counts = [answer["reranked"] for answer in answers]
    scored, best = (sum(int(each[name]) for each in counts) for name in ("count", "of"))
    return round(scored / best, 3) if best else 0.0


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

"""Five designs on the same documents. They differ in the time at which they embed.

naive: every search embeds every document. memory cache: embeddings stay in memory. persistent:
embeddings are stored on disk, too. precompute: the process embeds everything when it starts.
write-time: Inkdex.
"""

import asyncio
import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx

from bench import measure, stack
from bench.measure import Connection, Document
from shared.domain.embedding.chunks import embedded_text

QUESTION = "wait until several threads have finished"
NEXT_QUESTION = "compress a file"


def run(*, quick: bool) -> list[dict[str, Any]]:
    """Measure each design on 40 and on 1,000 documents. Return the milliseconds of each step."""
    rows = []
    for size in (40,) if quick else (40, 1000):
        documents = measure.documents(size)
        with stack.running() as served:
            texts = [embedded_text(each["title"], each["content"]) for each in documents]
            model = Model(served.ollama_host)
            model.embed(["warm up"])
            rows += _references(model, texts, served.folder / "vectors.json")
            rows.append(_write_time(served, documents))
    return [row | _derived(row, rows) for row in rows]


def _derived(row: dict[str, Any], rows: Sequence[dict[str, Any]]) -> dict[str, float]:
    naive = next(r for r in rows if (r["level"], r["documents"]) == ("naive", row["documents"]))
    return {
        "answered_ms": row["start_ms"] + row["first_ms"],
        "naive search / this search": naive["later_ms"] / row["later_ms"],
    }


class Model:
    """A baseline client that embeds one text per request and caches the vectors."""

    def __init__(self, host: str) -> None:
        self._client = httpx.Client(base_url=host, timeout=300, trust_env=False)
        self.cache: dict[str, list[float]] = {}

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        body = {"model": "all-minilm", "input": list(texts)}
        answer = self._client.post("/api/embed", json=body).raise_for_status()
        vectors: list[list[float]] = answer.json()["embeddings"]
        return vectors

    def cached(self, text: str) -> list[float]:
        if text not in self.cache:
            self.cache[text] = self.embed([text])[0]
        return self.cache[text]

    def search(self, query: str, texts: Sequence[str]) -> float:
        """Rank texts by their vectors. Return the milliseconds, including missing embeddings."""
        started = time.perf_counter()
        query_vector = self.embed([query])[0]
        vectors = [self.cached(text) for text in texts]
        max(sum(a * b for a, b in zip(query_vector, vector, strict=True)) for vector in vectors)
        return (time.perf_counter() - started) * 1000


def _references(model: Model, texts: Sequence[str], disk: Path) -> list[dict[str, Any]]:
    naive = model.search(QUESTION, texts)
    cached = model.search(NEXT_QUESTION, texts)
    disk.write_text(json.dumps(model.cache))
    started = time.perf_counter()
    model.cache = json.loads(disk.read_text())
    loading = (time.perf_counter() - started) * 1000
    stored = model.search(QUESTION, texts)
    common = {"documents": len(texts), "write_ms": 0.0}
    return [
        # The naive design stores nothing, so every search takes as long as the first.
        {"level": "naive", **common, "start_ms": 0.0, "first_ms": naive, "later_ms": naive},
        {"level": "memory cache", **common, "start_ms": 0.0, "first_ms": naive, "later_ms": cached},
        {"level": "persistent", **common, "start_ms": loading, "first_ms": stored,
         "later_ms": cached},
        {"level": "precompute at start", **common, "start_ms": naive, "first_ms": cached,
         "later_ms": cached},
    ]  # fmt: skip


def _write_time(served: stack.Stack, documents: Sequence[Document]) -> dict[str, Any]:
    writing = measure.import_all(served.api, documents) * 1000
    measure.until_ready(served.database_url)

    async def search(connection: Connection, number: int) -> None:
        query = (QUESTION, NEXT_QUESTION, QUESTION)[number].replace(" ", "+")
        status, body = await connection.request("GET", f"/v1/search?q={query}")
        assert status == 200, body

    first, later, repeated = asyncio.run(measure.timed(served.api, search, 3))
    return {
        "level": "write-time (Inkdex)",
        "documents": len(documents),
        "write_ms": writing / len(documents),
        "start_ms": 0.0,
        "first_ms": first * 1000,
        "later_ms": later * 1000,
        "repeated_ms": repeated * 1000,
    }

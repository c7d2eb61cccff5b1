"""The levels of the design, on the same documents: who embeds what, and when.

naive: every search embeds every document. memory cache: what was embedded stays in memory.
persistent: and on disk. precompute: all is embedded when the process starts. write-time: Inkdex.
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
    """Measure each level on 40 documents and on 1,000; return the milliseconds of each step."""
    rows = []
    for size in (40,) if quick else (40, 1000):
        found = measure.documents(size)
        with stack.running() as served:
            texts = [embedded_text(each["title"], each["content"]) for each in found]
            model = Model(served.ollama_host)
            model.embed(["warm up"])
            rows += _references(model, texts, served.folder / "vectors.json")
            rows.append(_write_time(served, found))
    return [row | _derived(row, rows) for row in rows]


def _derived(row: dict[str, Any], rows: Sequence[dict[str, Any]]) -> dict[str, float]:
    naive = next(r for r in rows if (r["level"], r["documents"]) == ("naive", row["documents"]))
    return {
        "answered_ms": row["start_ms"] + row["first_ms"],
        "naive search by this": naive["later_ms"] / row["later_ms"],
    }


class Model:
    """A bare client, a text a request as the references do it, and what it has embedded."""

    def __init__(self, host: str) -> None:
        self._client = httpx.Client(base_url=host, timeout=300, trust_env=False)
        self.known: dict[str, list[float]] = {}

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """Return a vector a text."""
        body = {"model": "all-minilm", "input": list(texts)}
        answer = self._client.post("/api/embed", json=body).raise_for_status()
        vectors: list[list[float]] = answer.json()["embeddings"]
        return vectors

    def remembered(self, text: str) -> list[float]:
        """Return a text's vector, made at most once."""
        if text not in self.known:
            self.known[text] = self.embed([text])[0]
        return self.known[text]

    def search(self, query: str, texts: Sequence[str]) -> float:
        """Rank texts whose vectors are remembered or made; return the milliseconds it took."""
        started = time.perf_counter()
        asked = self.embed([query])[0]
        vectors = [self.remembered(text) for text in texts]
        max(sum(a * b for a, b in zip(asked, vector, strict=True)) for vector in vectors)
        return (time.perf_counter() - started) * 1000


def _references(model: Model, texts: Sequence[str], disk: Path) -> list[dict[str, Any]]:
    naive = model.search(QUESTION, texts)
    cached = model.search(NEXT_QUESTION, texts)
    disk.write_text(json.dumps(model.known))
    started = time.perf_counter()
    model.known = json.loads(disk.read_text())
    loading = (time.perf_counter() - started) * 1000
    stored = model.search(QUESTION, texts)
    common = {"documents": len(texts), "write_ms": 0.0}
    return [
        # The naive way forgets everything, so each of its searches is like its first.
        {"level": "naive", **common, "start_ms": 0.0, "first_ms": naive, "later_ms": naive},
        {"level": "memory cache", **common, "start_ms": 0.0, "first_ms": naive, "later_ms": cached},
        {"level": "persistent", **common, "start_ms": loading, "first_ms": stored,
         "later_ms": cached},
        {"level": "precompute at start", **common, "start_ms": naive, "first_ms": cached,
         "later_ms": cached},
    ]  # fmt: skip


def _write_time(served: stack.Stack, found: Sequence[Document]) -> dict[str, Any]:
    writing = measure.import_all(served.api, found) * 1000
    measure.until_ready(served.database_url)

    async def search(connection: Connection, number: int) -> None:
        query = (QUESTION, NEXT_QUESTION, QUESTION)[number].replace(" ", "+")
        status, body = await connection.ask("GET", f"/v1/search?q={query}")
        assert status == 200, body

    first, later, again = asyncio.run(measure.timed(served.api, search, 3))
    return {
        "level": "write-time (Inkdex)",
        "documents": len(found),
        "write_ms": writing / len(found),
        "start_ms": 0.0,
        "first_ms": first * 1000,
        "later_ms": later * 1000,
        "asked_again_ms": again * 1000,
    }

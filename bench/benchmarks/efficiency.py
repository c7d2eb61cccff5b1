"""The pipeline's speed as a share of the speed of a baseline client of the same model server.

The client uses its best batch size. Both embed the same texts in turns, so noise affects both.
"""

import time
from collections.abc import Sequence
from statistics import mean
from typing import Any

import httpx

from bench import measure, stack
from bench.measure import Document
from bench.servers import stub_model
from shared.domain.embedding.chunks import embedded_text

BATCHES = (1, 4, 8, 16, 32)
ONE_CHUNK_CHARACTERS = 500
FULL_CHUNK_CHARACTERS = (500, 750)
"""About 160 tokens. The short texts have 60 on average, and a chunk at most 256."""
MODEL = "all-minilm"
REMOTE_MS = 10
"""Per text, on a simulated model server with its own hardware."""


def run(*, quick: bool) -> list[dict[str, Any]]:
    """Measure the baseline client at each batch size, then the pipeline's share of its speed."""
    documents = measure.documents(150 if quick else 600, ONE_CHUNK_CHARACTERS)
    rounds = 1 if quick else 4
    with stack.running(workers=0) as served:
        speeds = _client_speeds(served.ollama_host, documents[:96])
        best = max(speeds, key=lambda batch: speeds[batch])
        rows: list[dict[str, Any]] = [
            {
                "name": f"baseline client, {size} text{'s' if size > 1 else ''} per request",
                "per second": speed,
                "ratio": speed / speeds[1],
            }
            for size, speed in speeds.items()
        ]
        shortest, longest = FULL_CHUNK_CHARACTERS
        full = measure.documents(100 if quick else 180, longest, shortest)
        for texts, name in ((documents, "short texts"), (full, "full chunks")):
            label = f"local model, {name}"
            rows += _shares(served, served.ollama_host, texts, best, rounds, label)
    with stub_model.running_stack(workers=0, milliseconds_per_text=REMOTE_MS) as (served, url):
        label = f"remote model, {REMOTE_MS} ms per text"
        rows += _shares(served, url, documents, best, rounds, label)
    return rows + reuse(quick=quick)


def _shares(
    served: stack.Stack,
    host: str,
    documents: Sequence[Document],
    batch: int,
    rounds: int,
    label: str,
) -> list[dict[str, Any]]:
    """Return the mean speeds of the baseline client and of the pipeline, measured in turns."""
    client, inkdex = [_client_speed(host, documents, batch)], []
    for number in range(rounds):
        inkdex.append(pipeline_speed(served, renamed(documents, number)))
        client.append(_client_speed(host, documents, batch))
    baseline = mean(client)
    return [
        {"name": f"baseline client, {label}", "per second": baseline, "ratio": 1.0},
        {"name": f"Inkdex, {label}", "per second": mean(inkdex), "ratio": mean(inkdex) / baseline},
    ]


def reuse(*, quick: bool) -> list[dict[str, Any]]:
    """Count the texts that the model embeds for new, repeated, copied and edited documents."""
    documents = measure.documents(200 if quick else 1000)
    repeated = [{**each, "metadata": {"seen": 2}} for each in documents]
    copied = [{**each, "id": f"copy-{each['id']}"} for each in documents]
    edited = [{**each, "content": each["content"] + "\n\nA line at the end."} for each in documents]
    steps = {"new": documents, "repeated": repeated, "copied": copied, "edited": edited}
    rows, before = [], 0
    with stub_model.running_stack() as (served, url):
        for name, batch in steps.items():
            measure.import_all(served.api, batch)
            measure.until_ready(served.database_url)
            count = httpx.get(f"{url}/count", trust_env=False).json()["texts"]
            rows.append({"name": f"texts embedded: {name}", "texts": count - before})
            before = count
    return [row | {"ratio": row["texts"] / rows[0]["texts"]} for row in rows]


def pipeline_speed(served: stack.Stack, documents: Sequence[Document]) -> float:
    """Return the documents per second that a worker makes ready from a waiting import."""
    measure.import_all(served.api, documents)
    # The first tenth does not count: the worker starts and measures the model's speed.
    with stack.some_workers(served):
        pending, started = measure.until_pending(served.database_url, len(documents) * 9 // 10)
        assert pending, "all documents were ready at the first check: use more documents"
        return pending / (measure.until_ready(served.database_url) - started)


def renamed(documents: Sequence[Document], number: int) -> list[Document]:
    """Return documents with new ids and slightly changed texts, so none is embedded yet."""
    return [
        {**each, "id": f"{number}-{each['id']}", "content": f"{each['content']} {number}"}
        for each in documents
    ]


def _client_speeds(host: str, documents: Sequence[Document]) -> dict[int, float]:
    _client_speed(host, documents[:16], 8)  # loads the model
    rounds = [{batch: _client_speed(host, documents, batch) for batch in BATCHES} for _ in range(3)]
    return {batch: max(each[batch] for each in rounds) for batch in BATCHES}


def _client_speed(host: str, documents: Sequence[Document], batch: int) -> float:
    # Sorted by length, because a batch takes as long as its longest text.
    texts = sorted((embedded_text(d["title"], d["content"]) for d in documents), key=len)
    started = time.perf_counter()
    with httpx.Client(base_url=host, timeout=300, trust_env=False) as client:
        for start in range(0, len(texts), batch):
            body = {"model": MODEL, "input": texts[start : start + batch]}
            client.post("/api/embed", json=body).raise_for_status()
    return len(texts) / (time.perf_counter() - started)

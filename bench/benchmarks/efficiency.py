"""How much of the model's speed is left: documents ready by the texts of a bare client, a second.

The client calls the same model server in its best batch size. Both embed the same texts, in
turns, so that a noisy machine disturbs both.
"""

import time
from collections.abc import Sequence
from statistics import mean
from typing import Any

import httpx

from bench import measure, stack
from bench.measure import Document
from bench.servers import stub_model as instant
from shared.domain.embedding.chunks import embedded_text

BATCHES = (1, 4, 8, 16, 32)
ONE_CHUNK_CHARACTERS = 500
FULL_CHUNK_CHARACTERS = (500, 750)
"""Of about 160 tokens, where the shorter ones have 60 on average; a chunk has 256 at most."""
MODEL = "all-minilm"
ELSEWHERE_MS = 10
"""A text, on hardware of its own: here the model has the processors that all else needs too."""


def run(*, quick: bool) -> list[dict[str, Any]]:
    """Measure on the real model; return the bare client's speeds and the pipeline's shares."""
    found = measure.documents(150 if quick else 600, ONE_CHUNK_CHARACTERS)
    rounds = 1 if quick else 4
    with stack.running(workers=0) as served:
        speeds = _bare_speeds(served.ollama_host, found[:96])
        best = max(speeds, key=lambda batch: speeds[batch])
        rows: list[dict[str, Any]] = [
            {
                "what": f"bare client, {size} text{'s' if size > 1 else ''} a request",
                "a second": speed,
                "ratio": speed / speeds[1],
            }
            for size, speed in speeds.items()
        ]
        least, most = FULL_CHUNK_CHARACTERS
        full = measure.documents(100 if quick else 180, most, least)
        for texts, name in ((found, "short texts"), (full, "full chunks")):
            where = f"model on the same machine, {name}"
            rows += _shares(served, served.ollama_host, texts, best, rounds, where)
    with instant.stack_on_it(workers=0, milliseconds_a_text=ELSEWHERE_MS) as (served, url):
        where = f"model elsewhere, {ELSEWHERE_MS} ms a text"
        rows += _shares(served, url, found, best, rounds, where)
    return rows + reuse(quick=quick)


def _shares(
    served: stack.Stack, host: str, found: Sequence[Document], batch: int, rounds: int, where: str
) -> list[dict[str, Any]]:
    """Return the mean speeds of the bare client and the pipeline, measured in turns."""
    bare, ours = [_bare_speed(host, found, batch)], []
    for number in range(rounds):
        ours.append(pipeline_speed(served, renamed(found, number)))
        bare.append(_bare_speed(host, found, batch))
    least = mean(bare)
    return [
        {"what": f"bare client, {where}", "a second": least, "ratio": 1.0},
        {"what": f"Inkdex, {where}", "a second": mean(ours), "ratio": mean(ours) / least},
    ]


def reuse(*, quick: bool) -> list[dict[str, Any]]:
    """Return how many texts the model is asked for: at first, again, and after small edits."""
    found = measure.documents(200 if quick else 1000)
    again = [{**each, "metadata": {"seen": 2}} for each in found]
    moved = [{**each, "id": f"copy-{each['id']}"} for each in found]
    edited = [{**each, "content": each["content"] + "\n\nA line at the end."} for each in found]
    steps = {"new": found, "the same again": again, "copied": moved, "a line added": edited}
    rows, before = [], 0
    with instant.stack_on_it() as (served, url):
        for name, documents in steps.items():
            measure.import_all(served.api, documents)
            measure.until_ready(served.database_url)
            count = httpx.get(f"{url}/count", trust_env=False).json()["texts"]
            rows.append({"what": f"texts embedded: {name}", "texts": count - before})
            before = count
    return [row | {"ratio": row["texts"] / rows[0]["texts"]} for row in rows]


def pipeline_speed(served: stack.Stack, found: Sequence[Document]) -> float:
    """Return the documents a second that a worker makes ready of an import that waits for it."""
    measure.import_all(served.api, found)
    # Not counted: the first tenth, while the worker starts and learns the model's speed.
    with stack.one_worker(served):
        owed, started = measure.until_owed(served.database_url, len(found) * 9 // 10)
        assert owed, "all were ready before the first look: too few documents"
        return owed / (measure.until_ready(served.database_url) - started)


def renamed(found: Sequence[Document], number: int) -> list[Document]:
    """Return documents of other texts, of the same length: nothing of them is known yet."""
    return [
        {**each, "id": f"{number}-{each['id']}", "content": f"{each['content']} {number}"}
        for each in found
    ]


def _bare_speeds(host: str, found: Sequence[Document]) -> dict[int, float]:
    _bare_speed(host, found[:16], 8)  # loads the model
    turns = [{batch: _bare_speed(host, found, batch) for batch in BATCHES} for _ in range(3)]
    return {batch: max(turn[batch] for turn in turns) for batch in BATCHES}


def _bare_speed(host: str, found: Sequence[Document], batch: int) -> float:
    # By length, as a script that cares for speed would: a batch is as slow as its longest text.
    texts = sorted((embedded_text(d["title"], d["content"]) for d in found), key=len)
    started = time.perf_counter()
    with httpx.Client(base_url=host, timeout=300, trust_env=False) as client:
        for start in range(0, len(texts), batch):
            body = {"model": MODEL, "input": texts[start : start + batch]}
            client.post("/api/embed", json=body).raise_for_status()
    return len(texts) / (time.perf_counter() - started)

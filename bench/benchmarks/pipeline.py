"""The pipeline alone, a model server that answers at once; beside it a script, pgai and Chroma.

The script does only the model call and the insert, a transaction a batch, into a table like ours
with the same indexes.
"""

import time
from collections.abc import Callable
from typing import Any

import httpx
import psycopg

from bench import measure, stack
from bench.benchmarks import efficiency
from bench.measure import Document
from bench.products import chroma, pgai
from bench.products import packages as elsewhere
from bench.servers import stub_model as instant

BATCH = 50
BARE_TABLE = "CREATE TABLE bare (LIKE chunks INCLUDING ALL)"
BARE_INSERT = """
INSERT INTO bare (document_key, model_id, text_hash, start_offset, end_offset, embedding)
SELECT key, 1, sha256(key::text::bytea), 0, 0, embedding::halfvec
FROM unnest(%s::bigint[], %s::text[]) AS b (key, embedding)
"""


def run(*, quick: bool) -> list[dict[str, Any]]:
    """Measure one after the other; return documents a second, and by those of the script."""
    documents = measure.documents(1000 if quick else 2000, efficiency.ONE_CHUNK_CHARACTERS)
    found = [each for n in range(1 if quick else 4) for each in efficiency.renamed(documents, n)]
    with instant.stack_on_it(workers=0) as (served, url):
        speeds = {
            "Inkdex, ready": efficiency.pipeline_speed(served, found),
            "bare script": (bare := bare_speed(served, url, found)),
            **_of(f"pgai {pgai.VERSION}", lambda: pgai.speed(served.database_url, url, found)),
            **_of(f"Chroma {chroma.VERSION}", lambda: chroma.speed(url, found)),
        }
    return [
        {"what": name, "a second": speed, "ratio": speed / bare} for name, speed in speeds.items()
    ]


def _of(name: str, speed: Callable[[], float]) -> dict[str, float]:
    try:
        return {name: speed()}
    except elsewhere.Unavailable as error:
        print(f"{name} is left out. {error}")
        return {}


def bare_speed(served: stack.Stack, url: str, found: list[Document]) -> float:
    """Return the documents a second of the bare script."""
    with psycopg.connect(served.database_url, autocommit=True) as connection:
        connection.execute(BARE_TABLE)
        started = time.perf_counter()
        with httpx.Client(base_url=url, timeout=60, trust_env=False) as client:
            for start in range(0, len(found), BATCH):
                texts = [each["content"] for each in found[start : start + BATCH]]
                body = {"model": instant.MODEL, "input": texts}
                vectors = client.post("/api/embed", json=body).json()["embeddings"]
                keys = list(range(start, start + len(texts)))
                connection.execute(BARE_INSERT, (keys, [str(vector) for vector in vectors]))
        return len(found) / (time.perf_counter() - started)

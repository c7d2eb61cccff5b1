"""The pipeline with an instant model server, compared with a script, pgai and Chroma.

The script calls the model and inserts, one transaction per batch, into a table with the same
columns and indexes as `chunks`.
"""

import time
from collections.abc import Callable
from typing import Any

import httpx
import psycopg

from bench import measure, stack
from bench.benchmarks import efficiency
from bench.measure import Document
from bench.products import chroma, packages, pgai
from bench.servers import stub_model

BATCH = 50
SCRIPT_TABLE = "CREATE TABLE script_chunks (LIKE chunks INCLUDING ALL)"
SCRIPT_INSERT = """
INSERT INTO script_chunks (document_key, model_id, text_hash, start_offset, end_offset, embedding)
SELECT key, 1, sha256(key::text::bytea), 0, 0, embedding::halfvec
FROM unnest(%s::bigint[], %s::text[]) AS b (key, embedding)
"""


def run(*, quick: bool) -> list[dict[str, Any]]:
    """Measure each product. Return documents per second and the ratio to the script."""
    originals = measure.documents(1000 if quick else 2000, efficiency.ONE_CHUNK_CHARACTERS)
    copies = range(1 if quick else 4)
    documents = [each for number in copies for each in efficiency.renamed(originals, number)]
    with stub_model.running_stack(workers=0) as (served, url):
        speeds = {
            "Inkdex, ready": efficiency.pipeline_speed(served, documents),
            "baseline script": (baseline := script_speed(served, url, documents)),
            **_optional(
                f"pgai {pgai.VERSION}", lambda: pgai.speed(served.database_url, url, documents)
            ),
            **_optional(f"Chroma {chroma.VERSION}", lambda: chroma.speed(url, documents)),
        }
    return [
        {"name": name, "per second": speed, "ratio": speed / baseline}
        for name, speed in speeds.items()
    ]


def _optional(name: str, speed: Callable[[], float]) -> dict[str, float]:
    try:
        return {name: speed()}
    except packages.Unavailable as error:
        print(f"{name} is skipped. {error}")
        return {}


def script_speed(served: stack.Stack, url: str, documents: list[Document]) -> float:
    """Return the documents per second of the baseline script."""
    with psycopg.connect(served.database_url, autocommit=True) as connection:
        connection.execute(SCRIPT_TABLE)
        started = time.perf_counter()
        with httpx.Client(base_url=url, timeout=60, trust_env=False) as client:
            for start in range(0, len(documents), BATCH):
                texts = [each["content"] for each in documents[start : start + BATCH]]
                body = {"model": stub_model.MODEL, "input": texts}
                vectors = client.post("/api/embed", json=body).json()["embeddings"]
                keys = list(range(start, start + len(texts)))
                connection.execute(SCRIPT_INSERT, (keys, [str(vector) for vector in vectors]))
        return len(documents) / (time.perf_counter() - started)

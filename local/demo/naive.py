"""A naive search, for comparison: it embeds the query and every document each time."""

import time
from collections.abc import Sequence
from typing import Any

import httpx

DOCUMENTS = 40
TIMEOUT_SECONDS = 300.0


async def naive_search(ollama_host: str, model: str, query: str, texts: Sequence[str]) -> float:
    """Search `texts` and return the seconds it took."""
    started = time.perf_counter()
    async with httpx.AsyncClient(
        base_url=ollama_host, timeout=TIMEOUT_SECONDS, trust_env=False
    ) as client:
        vectors = [await _embed(client, model, text) for text in (query, *texts)]
    query_vector, *documents = vectors
    scores = [sum(a * b for a, b in zip(query_vector, vector, strict=True)) for vector in documents]
    max(scores)
    return time.perf_counter() - started


async def _embed(client: httpx.AsyncClient, model: str, text: str) -> list[float]:
    answer = await client.post("/api/embed", json={"model": model, "input": text})
    body: dict[str, Any] = answer.raise_for_status().json()
    vector: list[float] = body["embeddings"][0]
    return vector

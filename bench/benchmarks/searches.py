"""The latency of searches and single writes, on an idle system and during an import."""

import asyncio
import json
import time
from itertools import count
from typing import Any
from urllib.parse import quote

import httpx

from bench import measure, stack
from bench.measure import Connection

QUERIES = (
    "wait until several threads have finished",
    "compress a file",
    "send an email message",
    "how alike are two texts",
)
FIRST_IMPORT = 500


def run(*, quick: bool) -> list[dict[str, Any]]:
    """Measure searches and writes on an idle system, then during an import."""
    times = (20, 60, 8) if quick else (60, 300, 25)
    documents = measure.documents(2500)
    with stack.running() as served:
        measure.import_all(served.api, documents[:FIRST_IMPORT])
        measure.until_ready(served.database_url)
        latencies = Latencies(served.api, served.ollama_host)
        idle = latencies.run(*times)
        measure.import_all(served.api, documents[FIRST_IMPORT:])
        busy = latencies.run(*times)
        left = httpx.get(f"{served.api}/v1/stats", trust_env=False).json()["lanes"]["bulk"]
    if not left:
        print("The import ended before the measurements, so the results are too good.")
    rows: list[dict[str, Any]] = []
    for name in idle:
        for state, seconds in (("idle", idle[name]), ("during an import", busy[name])):
            figures = measure.milliseconds(seconds)
            ratio = figures["p95_ms"] / measure.milliseconds(idle[name])["p95_ms"]
            rows.append({"name": f"{name}, {state}", **figures, "ratio of p95": ratio})
    return rows


class Latencies:
    """Measures the searches and writes of one client."""

    def __init__(self, api: str, model_server: str) -> None:
        self._api = api
        self._model_server = model_server
        self._numbers = count()

    def run(self, uncached: int, cached: int, writes: int) -> dict[str, list[float]]:
        """Return the seconds of each search and write."""
        return {
            "search, new query": self._timed(self._search_new, uncached),
            "search, repeated query": self._timed(self._search_repeated, cached),
            "single write until ready": self._timed(self._write, writes),
            "the model alone": self._timed(self._model, writes),
        }

    def _timed(self, request: measure.Request, times: int) -> list[float]:
        url = self._model_server if request == self._model else self._api
        return asyncio.run(measure.timed(url, request, times))

    async def _search_new(self, connection: Connection, _: int) -> None:
        await self._search(connection, f"{next(self._numbers)} ways to do it")

    async def _search_repeated(self, connection: Connection, number: int) -> None:
        await self._search(connection, QUERIES[number % len(QUERIES)])

    async def _search(self, connection: Connection, query: str) -> None:
        status, body = await connection.request("GET", f"/v1/search?q={quote(query)}")
        assert status == 200, body
        if json.loads(body)["degraded"]:
            print("A search matched words only: the model was too slow.")

    async def _write(self, connection: Connection, _: int) -> None:
        number = next(self._numbers)
        path = f"/v1/documents/single-{number}"
        status, body = await connection.request("PUT", path, {"content": _text(number)})
        assert status == 201, body
        _, body = await connection.request("GET", f"{path}?wait=30")
        assert json.loads(body)["status"] == "ready", body

    async def _model(self, connection: Connection, _: int) -> None:
        body = {"model": "all-minilm", "input": [_text(next(self._numbers))]}
        status, answer = await connection.request("POST", "/api/embed", body)
        assert status == 200, answer


def _text(number: int) -> str:
    return f"Note {number}: ink dries in {number % 97} minutes, written at {time.time_ns()}."

"""What a search and a single write feel of a bulk import: latency idle and under it."""

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
SEEN_BEFORE = 500


def run(*, quick: bool) -> list[dict[str, Any]]:
    """Measure searches and writes on an idle system and during an import; return both."""
    times = (20, 60, 8) if quick else (60, 300, 25)
    everything = measure.documents(2500)
    with stack.running() as served:
        measure.import_all(served.api, everything[:SEEN_BEFORE])
        measure.until_ready(served.database_url)
        run = Rounds(served.api, served.ollama_host)
        idle = run.all(*times)
        measure.import_all(served.api, everything[SEEN_BEFORE:])
        busy = run.all(*times)
        left = httpx.get(f"{served.api}/v1/stats", trust_env=False).json()["lanes"]["bulk"]
    if not left:
        print("The import was over before the measurements were: take the figures as too good.")
    rows: list[dict[str, Any]] = []
    for what in idle:
        for state, taken in (("idle", idle[what]), ("during an import", busy[what])):
            figures = measure.milliseconds(taken)
            ratio = figures["p95_ms"] / measure.milliseconds(idle[what])["p95_ms"]
            rows.append({"what": f"{what}, {state}", **figures, "ratio of p95": ratio})
    return rows


class Rounds:
    """Searches and writes of one client, each of a text that was never seen, or always."""

    def __init__(self, api: str, model_server: str) -> None:
        self._api = api
        self._model_server = model_server
        self._numbers = count()

    def all(self, uncached: int, cached: int, writes: int) -> dict[str, list[float]]:
        """Return the seconds of each search and write."""
        return {
            "search, new query": self._timed(self._search_new, uncached),
            "search, query asked before": self._timed(self._search_known, cached),
            "single write until ready": self._timed(self._write, writes),
            "the model alone on that text": self._timed(self._model, writes),
        }

    def _timed(self, ask: measure.Ask, times: int) -> list[float]:
        url = self._model_server if ask == self._model else self._api
        return asyncio.run(measure.timed(url, ask, times))

    async def _search_new(self, connection: Connection, _: int) -> None:
        await self._search(connection, f"{next(self._numbers)} ways to do it")

    async def _search_known(self, connection: Connection, number: int) -> None:
        await self._search(connection, QUERIES[number % len(QUERIES)])

    async def _search(self, connection: Connection, query: str) -> None:
        status, body = await connection.ask("GET", f"/v1/search?q={quote(query)}")
        assert status == 200, body
        if json.loads(body)["degraded"]:
            print("A search was served by words alone: the model was too slow.")

    async def _write(self, connection: Connection, _: int) -> None:
        number = next(self._numbers)
        path = f"/v1/documents/single-{number}"
        status, body = await connection.ask("PUT", path, {"content": _text(number)})
        assert status == 201, body
        _, body = await connection.ask("GET", f"{path}?wait=30")
        assert json.loads(body)["status"] == "ready", body

    async def _model(self, connection: Connection, _: int) -> None:
        body = {"model": "all-minilm", "input": [_text(next(self._numbers))]}
        status, answer = await connection.ask("POST", "/api/embed", body)
        assert status == 200, answer


def _text(number: int) -> str:
    return f"Note {number}: ink dries in {number % 97} minutes, said at {time.time_ns()}."

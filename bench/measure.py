"""Functions that the benchmarks share: documents, imports, timed requests, percentiles."""

import asyncio
import json
import math
import statistics
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Self

import httpx
import psycopg

from local.demo import corpus

Document = dict[str, Any]

POLL_SECONDS = 0.05  # counting uses processor time that the benchmark measures

# Before a worker has started there are no jobs: then the documents without vectors count.
PENDING = """
SELECT greatest((SELECT count(*) FROM jobs),
    (SELECT count(*) FROM documents) - (SELECT count(*) FROM embeddings))
"""


def documents(count: int, longest: float = math.inf, shortest: int = 0) -> list[Document]:
    """Return docstrings of Python's standard library, filtered by their characters."""
    chosen = [
        {"id": f"d{n}", "title": each["title"], "content": each["content"]}
        for n, each in enumerate(corpus.documents())
        if shortest <= len(each["content"]) <= longest
    ]
    return chosen[:count]


def import_all(api: str, batch: Sequence[Document]) -> float:
    """Import documents and return the seconds until the API accepted them."""
    body = "".join(json.dumps(each) + "\n" for each in batch)
    started = time.perf_counter()
    with httpx.Client(base_url=api, timeout=600, trust_env=False) as client:
        headers = {"content-type": "application/x-ndjson"}
        client.post("/v1/documents/bulk", content=body, headers=headers).raise_for_status()
    return time.perf_counter() - started


def until_ready(database_url: str) -> float:
    """Wait until no document is pending. Return the time by `time.perf_counter`."""
    return until_pending(database_url, 0)[1]


def until_pending(database_url: str, maximum: int, seconds: float = 900) -> tuple[int, float]:
    """Wait until at most `maximum` documents are pending. Return their number and the time."""
    give_up_at = time.perf_counter() + seconds
    with psycopg.connect(database_url, autocommit=True) as connection:
        while (row := connection.execute(PENDING).fetchone()) and row[0] > maximum:
            if time.perf_counter() > give_up_at:
                raise TimeoutError(f"{row[0]} documents are still pending")
            time.sleep(POLL_SECONDS)
    return (row[0] if row else 0), time.perf_counter()


def milliseconds(seconds: Sequence[float]) -> dict[str, float]:
    """Return the percentiles 50, 95 and 99 in milliseconds."""
    cuts = statistics.quantiles(seconds, n=100, method="inclusive")
    return {"p50_ms": cuts[49] * 1000, "p95_ms": cuts[94] * 1000, "p99_ms": cuts[98] * 1000}


class Connection:
    """A minimal HTTP client, which uses less processor time than the server it measures."""

    def __init__(self, url: str) -> None:
        self._host, _, port = url.removeprefix("http://").partition(":")
        self._port = int(port)

    async def __aenter__(self) -> Self:
        self._reader, self._writer = await asyncio.open_connection(
            self._host, self._port, limit=1 << 24
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        self._writer.close()

    async def request(self, method: str, path: str, body: object = None) -> tuple[int, bytes]:
        """Send one request. Return the status and the body."""
        sent = b"" if body is None else json.dumps(body).encode()
        head = f"{method} {path} HTTP/1.1\r\nhost: {self._host}\r\ncontent-length: {len(sent)}\r\n"
        self._writer.write(head.encode() + b"content-type: application/json\r\n\r\n" + sent)
        lines = (await self._reader.readuntil(b"\r\n\r\n")).decode().lower().split("\r\n")
        length = next((int(line[15:]) for line in lines if line.startswith("content-length:")), 0)
        return int(lines[0].split()[1]), await self._reader.readexactly(length)


Request = Callable[[Connection, int], Awaitable[None]]


async def timed(url: str, request: Request, count: int, clients: int = 1) -> list[float]:
    """Send `count` requests over `clients` connections. Return the seconds of each request."""
    numbers = iter(range(count))
    durations: list[float] = []

    async def client() -> None:
        async with Connection(url) as connection:
            for number in numbers:
                started = time.perf_counter()
                await request(connection, number)
                durations.append(time.perf_counter() - started)

    await asyncio.gather(*(client() for _ in range(clients)))
    return durations

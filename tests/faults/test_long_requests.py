"""The event loop stays free for others, whatever one client sends."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager

import httpx
import pytest
from fastapi import FastAPI

from api.app import create_app
from shared.config import Settings

pytestmark = pytest.mark.anyio

BLOCKED_SECONDS = 0.05
JSON = {"content-type": "application/json"}
LINES = {"content-type": "application/x-ndjson"}
SEARCH = '{"q": "ink", "mode": "text", "filter": {"x": %s}}'
LISTS = "[" + ",".join(["[]"] * 2_600_000) + "]"
WIDE = '{"content": "x", "metadata": {"x": %s}}' % LISTS  # noqa: UP031 - braces
MANY_FIELDS = "{" + ",".join(f'"{n:x}":0' for n in range(700_000)) + "}"


def metadata(values: int) -> str:
    numbers = ",".join(["1"] * values)
    return f'{{"content": "x", "metadata": {{"x": [{numbers}]}}}}'


REQUESTS: Mapping[str, tuple[str, str, str, Mapping[str, str]]] = {
    "in": ("POST", "/v1/search", SEARCH % ('{"in": [' + ",".join(["1"] * 4_000_000) + "]}"), JSON),
    "nested": ("POST", "/v1/search", SEARCH % LISTS, JSON),
    "deep": ("POST", "/v1/search", SEARCH % ("[" * 4_000_000), JSON),
    "objects": (
        "POST",
        "/v1/search",
        SEARCH % ("[" + ",".join(['{"a":0}'] * 1_000_000) + "]"),
        JSON,
    ),
    "digits": ("POST", "/v1/search", SEARCH % ("9" * 8_000_000), JSON),
    "metadata": ("POST", "/v1/documents", WIDE, JSON),
    "allowed metadata": ("POST", "/v1/documents", metadata(20_000), JSON),
    "too much metadata": ("POST", "/v1/documents", metadata(24_000), JSON),
    "fields": ("POST", "/v1/documents", MANY_FIELDS, JSON),
    "quotes": ("POST", "/v1/documents", '"' * 8_000_000, JSON),
    "empty lines": ("POST", "/v1/documents/bulk", "\n" * 8_000_000, LINES),
    "empty objects": ("POST", "/v1/documents/bulk", "{}\n" * 500_000, LINES),
    "wide lines": ("POST", "/v1/documents/bulk", (WIDE + "\n") * 2, LINES),
    "elements": ("POST", "/v1/documents/bulk", "[" + "1," * 1_000_000, JSON),
}


@pytest.fixture
async def app(settings: Settings) -> AsyncIterator[FastAPI]:
    app = create_app(settings)
    async with app.router.lifespan_context(app):
        yield app


@contextmanager
def measured_turns() -> Iterator[list[float]]:
    """Give the processor time of each turn of the event loop."""
    loop = asyncio.get_running_loop()
    turns = [0.0]
    running = True

    def turn(started: float) -> None:
        turns.append(time.thread_time() - started)
        if running:
            loop.call_soon(turn, time.thread_time())

    loop.call_soon(turn, time.thread_time())
    yield turns
    running = False


@pytest.mark.parametrize("name", REQUESTS)
async def test_no_request_blocks_the_event_loop(app: FastAPI, name: str) -> None:
    method, path, body, headers = REQUESTS[name]
    raw = body.encode()

    async def chunks() -> AsyncIterator[bytes]:
        for start in range(0, len(raw), 65_536):
            yield raw[start : start + 65_536]
            await asyncio.sleep(0)

    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        await client.get("/livez")
        with measured_turns() as turns:
            answer = await client.request(method, path, content=chunks(), headers=dict(headers))
    assert answer.status_code < 500
    assert max(turns) < BLOCKED_SECONDS

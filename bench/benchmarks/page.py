"""Pages of the console that stay open during continuous writes: their frames and the memory.

There are 3,000 documents. A writer stores further ones at an even rate, one at a time, and
searches once per second. Of each hundred documents it edits ten and deletes ten. The list of
documents, the hits of a search and the charts are open, and show the changes.
"""

import asyncio
import os
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from playwright.sync_api import Browser, CDPSession, Page

from bench import chromium, frames, measure, stack
from bench.benchmarks import memory
from bench.measure import Connection, until_ready

DOCUMENTS = 3_000
DOCUMENTS_PER_MINUTE = 1_000
PATHS = {
    "hits": "/?q=ink+of+minute+0",
    "documents": "/console/documents",
    "activity": "/console/activity",
}


@dataclass(frozen=True)
class Opened:
    """A page that is open, and its line to the browser's measurements."""

    page: Page
    chrome: CDPSession

    def measured(self) -> dict[str, Any]:
        """Return the longest frame since the last call, and the memory now."""
        return frames.longest(self.page) | _page_memory(self.chrome)


def run(minutes: int) -> list[dict[str, Any]]:
    """Write for so many minutes. Return what was measured in each minute, by page."""
    with stack.running() as served, chromium.running() as browser:
        measure.import_all(served.api, [_document(number, "old") for number in range(DOCUMENTS)])
        until_ready(served.database_url)
        opened = {name: _open(browser, served.api + path) for name, path in PATHS.items()}
        with _writing(served.api):
            rows = [
                row for minute in range(1, minutes + 1) for row in _minute(minute, opened, served)
            ]
        until_ready(served.database_url)
        _compare(opened["documents"].page, served.database_url)
    return rows


def _open(browser: Browser, url: str) -> Opened:
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto(url)
    live = page.locator("#components [data-ok=yes]", has_text="Live updates")
    live.wait_for(state="attached")
    return Opened(page, page.context.new_cdp_session(page))


def _minute(minute: int, opened: dict[str, Opened], served: stack.Stack) -> list[dict[str, Any]]:
    ends = time.monotonic() + 60
    for each in opened.values():
        frames.longest(each.page)
    latency = _type(opened["hits"].page, f"ink of minute {minute}")
    opened["hits"].page.wait_for_timeout(max(0, ends - time.monotonic()) * 1000)
    common = {"minute": minute, "load": os.getloadavg()[0]}
    rows = [common | {"name": name} | each.measured() for name, each in opened.items()]
    rows[0]["typed to hits ms"] = latency
    rows.append(common | {"name": "servers"} | _servers(served.database_url))
    for row in rows:
        print(row, flush=True)
    return rows


def _servers(database_url: str) -> dict[str, Any]:
    used = {f"{name}_mb": memory.megabytes(memory.process(name)) for name in ("api", "worker")}
    return {"documents": _count(database_url)} | used


def _compare(page: Page, database_url: str) -> None:
    """Print what the page shows at the end beside what the database has."""
    page.wait_for_timeout(5000)
    print(f"The page: {' '.join(page.locator('#statuses').inner_text().split())}")
    print(f"The database: {_count(database_url)} documents, all of them ready")


@contextmanager
def _writing(url: str) -> Iterator[None]:
    finished = threading.Event()
    writer = threading.Thread(target=lambda: asyncio.run(_write(url, finished)))
    with ExitStack() as ending:
        writer.start()
        ending.callback(writer.join)
        ending.callback(finished.set)
        yield


async def _write(url: str, finished: threading.Event) -> None:
    started, number = time.monotonic(), 0
    async with Connection(url) as connection:
        while not finished.is_set():
            await asyncio.sleep(started + number * 60 / DOCUMENTS_PER_MINUTE - time.monotonic())
            await _put(connection, number, "new")
            if number % 10 == 5:
                await _put(connection, number - 5, "edited")
            if number % 10 == 9:
                await _request(connection, "DELETE", f"/v1/documents/n{number - 9}")
            if number % 16 == 0:
                await _request(connection, "GET", f"/v1/search?q=ink+{number // 64}")
            number += 1


async def _put(connection: Connection, number: int, kind: str) -> None:
    document = _document(number, kind)
    await _request(connection, "PUT", f"/v1/documents/{document.pop('id')}", document)


async def _request(connection: Connection, method: str, path: str, body: object = None) -> None:
    status, answer = await connection.request(method, path, body)
    if status >= 300:
        raise RuntimeError(f"{method} {path}: {status} {answer.decode()}")


def _document(number: int, kind: str) -> measure.Document:
    return {
        "id": f"o{number}" if kind == "old" else f"n{number}",
        "title": f"Note {number}",
        "content": f"A {kind} note, {number}: ink dries in {number % 97} minutes on paper.",
    }


def _type(page: Page, query: str) -> float:
    """Type a query. Return the milliseconds from the last key to the hits."""
    page.fill("#query", "")
    page.locator("#main-hits > li").first.wait_for(state="detached")
    page.type("#query", query)
    started = time.perf_counter()
    page.locator("#main-hits > li").first.wait_for()
    return (time.perf_counter() - started) * 1000


def _page_memory(chrome: CDPSession) -> dict[str, float]:
    """Return the heap and the DOM nodes of the page after a garbage collection."""
    chrome.send("HeapProfiler.collectGarbage")
    chrome.send("Performance.enable")
    metrics = {
        each["name"]: each["value"] for each in chrome.send("Performance.getMetrics")["metrics"]
    }
    return {"heap_mb": metrics["JSHeapUsedSize"] / 1e6, "nodes": metrics["Nodes"]}


def _count(database_url: str) -> int:
    with psycopg.connect(database_url) as connection:
        row = connection.execute("SELECT count(*) FROM documents").fetchone()
        assert row is not None
        return int(row[0])

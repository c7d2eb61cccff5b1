"""The memory of an open console page, of the API and of a worker during continuous writes.

A writer stores documents one at a time at an even rate and searches once per second. Of each
hundred documents it edits ten and deletes ten. The page shows the changes and receives input.
"""

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from playwright.sync_api import CDPSession, Page

from bench import chromium, stack
from bench.benchmarks import memory
from bench.measure import Connection, until_ready

DOCUMENTS_PER_MINUTE = 1000
# The longest time between two frames since the last call.
LONGEST_FRAME = """() => {
    const longest = window.benchLongest ?? 0;
    window.benchLongest = 0;
    if (window.benchLast === undefined) {
        const frame = (now) => {
            window.benchLongest = Math.max(window.benchLongest, now - window.benchLast);
            window.benchLast = now;
            requestAnimationFrame(frame);
        };
        window.benchLast = performance.now();
        requestAnimationFrame(frame);
    }
    return longest;
}"""
FIGURES = """() => [...document.querySelectorAll("#figures > *")]
    .map(figure => figure.innerText.replaceAll("\\n", " ")).join("; ")"""


def run(minutes: int) -> list[dict[str, Any]]:
    """Write for so many minutes. Return the memory after each minute."""
    with stack.running() as served, _page(served.api) as (page, chrome):
        processes = {name: memory.process(name) for name in ("api", "worker")}
        finished = threading.Event()
        writer = threading.Thread(target=lambda: asyncio.run(_write(served.api, finished)))
        writer.start()
        rows = []
        started = time.monotonic()
        page.evaluate(LONGEST_FRAME)
        for minute in range(1, minutes + 1):
            latency = _type(page, f"ink of minute {minute}")
            page.wait_for_timeout(max(0, started + 60 * minute - time.monotonic()) * 1000)
            rows.append(
                {"minute": minute, "documents": _count(served.database_url)}
                | {f"{name}_mb": memory.megabytes(process) for name, process in processes.items()}
                | {"longest frame ms": page.evaluate(LONGEST_FRAME), "typed to hits ms": latency}
                | _page_memory(chrome)
            )
            print(rows[-1], flush=True)
        finished.set()
        writer.join()
        until_ready(served.database_url)
        page.wait_for_timeout(5000)
        print(f"The page: {page.evaluate(FIGURES)}")
        print(f"The database: {_count(served.database_url)} documents, all of them ready")
    return rows


@contextmanager
def _page(url: str) -> Iterator[tuple[Page, CDPSession]]:
    with chromium.running() as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.goto(url)
        page.get_by_text("Live changes on").wait_for()
        yield page, page.context.new_cdp_session(page)


async def _write(url: str, finished: threading.Event) -> None:
    started, number = time.monotonic(), 0
    async with Connection(url) as connection:
        while not finished.is_set():
            await asyncio.sleep(started + number * 60 / DOCUMENTS_PER_MINUTE - time.monotonic())
            await _request(connection, "PUT", f"/v1/documents/n{number}", _document(number, "new"))
            if number % 10 == 5:
                edited = f"/v1/documents/n{number - 5}"
                await _request(connection, "PUT", edited, _document(number, "edited"))
            if number % 10 == 9:
                await _request(connection, "DELETE", f"/v1/documents/n{number - 9}")
            if number % 16 == 0:
                await _request(connection, "GET", f"/v1/search?q=ink+{number // 64}")
            number += 1


async def _request(connection: Connection, method: str, path: str, body: object = None) -> None:
    status, answer = await connection.request(method, path, body)
    if status >= 300:
        raise RuntimeError(f"{method} {path}: {status} {answer.decode()}")


def _document(number: int, kind: str) -> dict[str, str]:
    return {
        "title": f"Note {number}",
        "content": f"A {kind} note, {number}: ink dries in {number % 97} minutes on paper.",
    }


def _type(page: Page, query: str) -> float:
    """Type a query. Return the milliseconds from the last key to the hits."""
    page.fill("#query", "")
    page.locator("#hits > li").first.wait_for(state="detached")
    page.type("#query", query)
    started = time.perf_counter()
    page.locator("#hits > li").first.wait_for()
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

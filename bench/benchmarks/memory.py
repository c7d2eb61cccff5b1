"""How much memory the API and a worker hold while documents are imported without end."""

import time
from typing import Any

import psutil

from bench import measure
from bench.servers import stub_model as instant

STEPS = 10


def run(*, quick: bool) -> list[dict[str, Any]]:
    """Import in steps, each until it is ready; return what the processes hold after each."""
    step = 1_000 if quick else 10_000
    rows = []
    with instant.stack_on_it() as (served, _):
        processes = {name: process(name) for name in ("api", "worker")}
        for first in range(0, STEPS * step, step):
            started = time.perf_counter()
            measure.import_all(served.api, [_document(first + n) for n in range(step)])
            seconds = measure.until_ready(served.database_url) - started
            rows.append(
                {
                    "what": f"{first + step:,} documents",
                    "api_mb": megabytes(processes["api"]),
                    "worker_mb": megabytes(processes["worker"]),
                    "a second": step / seconds,
                }
            )
    return rows


def _document(number: int) -> measure.Document:
    return {"id": f"m{number}", "content": f"Note {number}: ink dries in {number % 97} minutes."}


def process(module: str) -> psutil.Process:
    """Return the process of a stack of ours that runs a module."""
    children = psutil.Process().children(recursive=True)
    return next(child for child in children if child.cmdline()[1:3] == ["-m", module])


def megabytes(process: psutil.Process) -> float:
    """Return what a process holds in memory."""
    held: float = process.memory_info().rss / 1e6
    return held

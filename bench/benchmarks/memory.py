"""The memory of the API and of a worker during a long import."""

import time
from typing import Any

import psutil

from bench import measure
from bench.servers import stub_model

STEPS = 10


def run(*, quick: bool) -> list[dict[str, Any]]:
    """Import in steps and wait until each is ready. Return the memory after each step."""
    step = 1_000 if quick else 10_000
    rows = []
    with stub_model.running_stack() as (served, _):
        processes = {name: process(name) for name in ("api", "worker")}
        for first in range(0, STEPS * step, step):
            started = time.perf_counter()
            measure.import_all(served.api, [_document(first + n) for n in range(step)])
            seconds = measure.until_ready(served.database_url) - started
            rows.append(
                {
                    "name": f"{first + step:,} documents",
                    "api_mb": megabytes(processes["api"]),
                    "worker_mb": megabytes(processes["worker"]),
                    "per second": step / seconds,
                }
            )
    return rows


def _document(number: int) -> measure.Document:
    return {"id": f"m{number}", "content": f"Note {number}: ink dries in {number % 97} minutes."}


def process(module: str) -> psutil.Process:
    """Return the child process that runs a module."""
    children = psutil.Process().children(recursive=True)
    return next(child for child in children if child.cmdline()[1:3] == ["-m", module])


def megabytes(process: psutil.Process) -> float:
    """Return the resident memory of a process."""
    resident: float = process.memory_info().rss / 1e6
    return resident

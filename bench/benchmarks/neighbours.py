"""Another client's searches and writes while hostile clients attack, one kind at a time and all."""

import http.client
import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from bench import stack
from bench.benchmarks.memory import process

ATTACKS = (
    "queries",
    "texts",
    "large bodies",
    "bulk lines",
    "large documents",
    "idle connections",
    "stalled bodies",
    "unfinished headers",
    "long headers",
    "event streams",
)
CONTENT = "Ink dries quickly on paper"
SEARCH = "/v1/search?q=ink&mode=text&collection=neighbour"


def run(*, quick: bool) -> list[dict[str, Any]]:
    """Return the longest waits of the other client, and the memory, under each attack."""
    seconds = 10 if quick else 30
    _raise_open_files()
    with stack.running() as served:
        port = urlsplit(served.api).port or 0
        _write(port, "first")
        rows = [_measured(port, "no attack", (), seconds)]
        rows += [_measured(port, name, (name,), seconds) for name in ATTACKS]
        return [*rows, _measured(port, "all at once", ATTACKS, 2 * seconds)]


def _measured(port: int, label: str, attacks: Sequence[str], seconds: float) -> dict[str, Any]:
    processes = {name: process(name).pid for name in ("api", "worker")}
    for pid in processes.values():
        _reset_peak(pid)
    with _attacked(port, attacks):
        waits = _waits(port, seconds)
    memory = {f"{name}_mb": _peak_megabytes(pid) for name, pid in processes.items()}
    return {"name": label, **waits, **memory}


@contextmanager
def _attacked(port: int, attacks: Sequence[str]) -> Iterator[None]:
    if not attacks:
        yield
        return
    command = [sys.executable, "-m", "bench.attacks", str(port), *attacks]
    attacker = subprocess.Popen(command, cwd=stack.ROOT)  # noqa: S603 - the command is ours
    try:
        time.sleep(2)  # the attacker prepares its bodies
        yield
    finally:
        attacker.kill()
        attacker.wait()


def _waits(port: int, seconds: float) -> dict[str, Any]:
    """Measure liveness checks, searches and small writes in turn."""
    live: list[float] = []
    search: list[float] = []
    ready: list[float] = []
    refused = 0
    until = time.monotonic() + seconds
    for number in range(1_000_000):
        if time.monotonic() > until:
            break
        for durations, send in ((live, _live), (search, _search)):
            taken, status = _timed(send, port)
            durations.append(taken)
            refused += status != http.HTTPStatus.OK
        if number % 10 == 0:
            ready.append(_until_ready(port, f"small-{number}"))
        time.sleep(0.05)
    return {
        "livez_max_ms": max(live) * 1000,
        "search_p50_ms": sorted(search)[len(search) // 2] * 1000,
        "search_max_ms": max(search) * 1000,
        "ready_max_s": max(ready),
        "refused": refused,
        "requests": len(live) + len(search),
    }


def _timed(send: Callable[[int], int], port: int) -> tuple[float, int]:
    started = time.perf_counter()
    try:
        status = send(port)
    except (OSError, http.client.HTTPException):
        status = 0
    return time.perf_counter() - started, status


def _live(port: int) -> int:
    return _request(port, "GET", "/livez")[0]


def _search(port: int) -> int:
    return _request(port, "GET", SEARCH)[0]


def _write(port: int, id_: str) -> int:
    body = json.dumps({"content": f"{CONTENT} {id_} {time.time()}"}).encode()
    return _request(port, "PUT", f"/v1/documents/{id_}?collection=neighbour", body)[0]


def _until_ready(port: int, id_: str) -> float:
    """Return the seconds from a small write to its readiness, or infinity after a minute."""
    started = time.perf_counter()
    while time.perf_counter() - started < 60:
        try:
            _write(port, id_)
            path = f"/v1/documents/{id_}?collection=neighbour&wait=30"
            if json.loads(_request(port, "GET", path)[1]).get("status") == "ready":
                return time.perf_counter() - started
        except (OSError, http.client.HTTPException):
            time.sleep(0.1)
    return float("inf")


def _request(port: int, method: str, path: str, body: bytes | None = None) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request(method, path, body, {"content-type": "application/json"})
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def _raise_open_files() -> None:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _reset_peak(pid: int) -> None:
    Path(f"/proc/{pid}/clear_refs").write_text("5")


def _peak_megabytes(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024

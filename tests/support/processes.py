"""Start, watch and stop real processes."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx

from local import ports
from tests.support import loopback
from tests.support.paths import ROOT
from tests.support.warm_process import Child

READY_SECONDS = 60.0


@contextmanager
def process(
    argv: Sequence[str], log: Path, env: Mapping[str, str] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a Python program for the length of the block; SIGTERM ends it."""
    with log.open("ab") as output:
        child = subprocess.Popen(
            [sys.executable, *argv],
            cwd=ROOT,
            env={**os.environ, "PYTHONUNBUFFERED": "1", **(env or {})},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield child
    finally:
        stop(child)


@contextmanager
def api_and_worker(env: Mapping[str, str], logs: Path) -> Iterator[str]:
    """Run an API with a worker, both ready, for the length of the block; yield its URL."""
    port = ports.free_port()
    complete = {**env, "API_PORT": str(port)}
    api, worker = logs / "api.log", logs / "worker.log"
    with process(["-m", "api"], api, complete), process(["-m", "worker"], worker, complete):
        url = f"http://127.0.0.1:{port}"
        eventually(lambda: answers(f"{url}/readyz"), "API is ready", log=api)
        eventually(
            lambda: bool(loopback.get(f"{url}/readyz").json()["worker"]["ok"]),
            "worker is ready",
            log=worker,
        )
        yield url


def stop(child: Child, seconds: float = 20.0) -> None:
    """End a process with SIGTERM, or with SIGKILL if that takes too long."""
    if child.poll() is None:
        child.send_signal(signal.SIGCONT)
        child.send_signal(signal.SIGTERM)
    try:
        child.wait(seconds)
    except subprocess.TimeoutExpired:
        child.send_signal(signal.SIGKILL)
        child.wait()


def eventually(
    holds: Callable[[], bool], what: str, seconds: float = READY_SECONDS, log: Path | None = None
) -> None:
    """Wait until `holds` is true; fail with `what` and the end of the log if it is not in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if holds():
            return
        time.sleep(0.05)
    tail = log.read_text(errors="replace")[-3000:] if log and log.exists() else ""
    raise AssertionError(f"not within {seconds:g} s: {what}\n{tail}")


def answers(url: str) -> bool:
    """Return whether a server answers 200."""
    try:
        return loopback.get(url, timeout=5).status_code == 200
    except httpx.TransportError:
        return False

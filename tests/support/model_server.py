"""The model server as a separate process."""

import contextlib
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from local import ports
from tests.support.paths import ROOT


@dataclass(frozen=True)
class Server:
    process: subprocess.Popen[bytes]
    url: str
    log_file: Path

    @property
    def log(self) -> str:
        return self.log_file.read_text()


@contextlib.contextmanager
def running_server(directory: Path) -> Iterator[Server]:
    """Run a model server for the length of the block, ready at its start."""
    port = ports.free_port()
    log_file = directory / f"model-server-{port}.log"
    with log_file.open("wb") as log:
        command = [sys.executable, "-m", "local.model_server", "--port", str(port)]
        process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log)
    server = Server(process, f"http://127.0.0.1:{port}", log_file)
    try:
        _wait_until_ready(server)
        yield server
    finally:
        process.kill()
        process.wait()


def _wait_until_ready(server: Server) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and server.process.poll() is None:
        with contextlib.suppress(httpx.ConnectError):
            httpx.get(server.url)
            return
        time.sleep(0.02)
    pytest.fail(f"The model server did not start:\n{server.log}")

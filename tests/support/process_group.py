"""The workers and APIs of one system, each a process that a test can kill or freeze."""

import os
import signal
import sys
import threading
from collections.abc import Mapping
from functools import partial
from pathlib import Path

import httpx

from local import ports
from tests.support import loopback
from tests.support.processes import answers, eventually
from tests.support.server_processes import Process, WarmProgram


class ProcessGroup:
    """Starts workers and APIs with one environment, and stops all of them at the end."""

    def __init__(self, folder: Path, env: Mapping[str, str]) -> None:
        self.folder = folder
        self.env = {**os.environ, "PYTHONUNBUFFERED": "1", **env}
        self.workers: list[Process] = []
        self.apis: list[Process] = []
        self._clients: list[httpx.Client] = []
        self._closing = threading.Event()
        self._keeper = threading.Thread(target=self._keep)
        self._keeper.start()

    @property
    def processes(self) -> list[Process]:
        return [*self.workers, *self.apis]

    def add_worker(self, *, kept: bool = False, env: Mapping[str, str] | None = None) -> Process:
        """Start a worker without waiting for it. A `kept` worker is restarted when it dies."""
        worker = self._process("worker", len(self.workers), env)
        worker.start()
        worker.kept = kept
        self.workers.append(worker)
        return worker

    def add_api(self, *, kept: bool = False, env: Mapping[str, str] | None = None) -> Process:
        """Start an API without waiting for it. A `kept` API is restarted when it dies."""
        port = ports.free_port()
        api = self._process("api", len(self.apis), {"API_PORT": str(port), **(env or {})})
        api.start()
        api.kept = kept
        self.apis.append(api)
        client = loopback.client(f"http://127.0.0.1:{port}")
        self._clients.append(client)
        return api

    def client(self, api: int = 0) -> httpx.Client:
        return self._clients[api]

    def until_answering(self) -> None:
        """Wait until the APIs answer."""
        for api, client in zip(self.apis, self._clients, strict=True):
            url = f"{client.base_url}/livez"
            eventually(partial(answers, url), f"{api.name} answers", 60, api.log)

    def close(self) -> None:
        """Kill every process: the tests that care how one ends have ended it already."""
        self._closing.set()
        self._keeper.join()
        for client in self._clients:
            client.close()
        for process in self.processes:
            process.child.send_signal(signal.SIGKILL)
        for process in self.processes:
            process.child.wait()

    def _process(self, kind: str, number: int, env: Mapping[str, str] | None) -> Process:
        own = dict(env or {})
        name = f"{kind}-{number}"
        # A warm process has already started its Python, so a PYTHONPATH would have no effect.
        if "PYTHONPATH" in own:
            return Process(name, [sys.executable, "-m", kind], self.folder, self.env | own)
        return WarmProgram(name, [kind], self.folder, self.env | own)

    def _keep(self) -> None:
        """Restart dead processes, as `make up`, systemd or Kubernetes does."""
        while not self._closing.wait(0.1):
            for process in self.processes:
                if process.kept and not process.alive:
                    self._restart(process)

    def _restart(self, process: Process) -> None:
        process.start()

"""Our own programs, forked from a server that has already imported their modules.

Imports are most of a program's start, and the fault tests start hundreds of programs. Each is a
normal process: it has its own session and environment, and real signals end it.
"""

import multiprocessing
import os
import runpy
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from multiprocessing.connection import wait
from pathlib import Path
from typing import Protocol

from tests.support.paths import ROOT

# Only modules that read no settings when they are imported: each test has its own settings.
PRELOADED = [
    "tests.support.warm_process",
    "api.app",
    "worker.runtime",
    "celery.app.amqp",
    "celery.app.control",
    "celery.app.events",
    "celery.app.log",
    "celery.apps.worker",
    "celery.bin.celery",
    "celery.concurrency.thread",
    "celery.fixups.django",
    "celery.worker.components",
    "celery.worker.consumer.delayed_delivery",
    "uvicorn.loops.auto",
    "uvicorn.lifespan.on",
    "uvicorn.protocols.http.auto",
    "uvicorn.protocols.websockets.auto",
]

_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload(PRELOADED)
_lock = threading.Lock()


class Child(Protocol):
    """The part of `subprocess.Popen` that tests use."""

    pid: int

    def poll(self) -> int | None: ...
    def send_signal(self, sig: int, /) -> None: ...
    def wait(self, timeout: float | None = None) -> int: ...


class WarmProcess:
    """`python -m module`, with its imports already done."""

    def __init__(self, module: str, env: Mapping[str, str], log: Path) -> None:
        self._module = module
        self._process = _context.Process(target=_run, args=(module, dict(env), log), daemon=True)
        with _lock:
            self._process.start()
        self.pid = self._process.pid or 0

    def poll(self) -> int | None:
        # If two threads ask at once, one of them gets no answer.
        with _lock:
            return self._process.exitcode

    def send_signal(self, sig: int, /) -> None:
        # It may have ended since it was last polled.
        if self.poll() is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, sig)

    def wait(self, timeout: float | None = None) -> int:
        wait([self._process.sentinel], timeout)
        status = self.poll()
        if status is None:
            raise subprocess.TimeoutExpired(self._module, timeout or 0)
        return status


def _run(module: str, env: Mapping[str, str], log: Path) -> None:
    os.setsid()
    os.chdir(ROOT)
    os.environ.clear()
    os.environ.update(env)
    with log.open("ab") as output:
        os.dup2(output.fileno(), sys.stdout.fileno())
        os.dup2(output.fileno(), sys.stderr.fileno())
    signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.argv = [module]
    runpy.run_module(module, run_name="__main__", alter_sys=True)

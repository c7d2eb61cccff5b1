"""The parent of several API processes. It starts them, replaces those that end, and stops them.

It only holds the listening socket. A process that is replaced loses its own requests, and new
connections go to the others.
"""

import asyncio
import os
import signal
import socket
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import structlog

from api.server import listener
from shared.adapters.observability.shared_metrics import FOLDER, forget
from shared.config import Settings

log = structlog.get_logger()

PAUSE_SECONDS = 0.5
HEALTHY_SECONDS = 60.0
FAILURES_MAX = 5
"""After so many failures in a row the whole API ends, so that whoever started it sees them."""
STOP_SECONDS = 9.0
"""Longer than a process takes to stop by itself, once it has drained."""


def run(settings: Settings) -> None:
    """Run the processes until this one is asked to stop. Exit with 1 if one keeps ending."""
    with (
        tempfile.TemporaryDirectory(prefix="inkdex-api-") as folder,
        listener.bind(settings) as own,
    ):
        group = ProcessGroup(own, Path(folder), STOP_SECONDS + settings.drain_seconds)
        failed = asyncio.run(group.run(settings.processes))
    sys.exit(int(failed))


class ProcessGroup:
    """Processes that share a listening socket and a folder for their metrics."""

    def __init__(self, listening: socket.socket, folder: Path, stop_seconds: float) -> None:
        """Kill processes that have not ended `stop_seconds` after the stop."""
        self._listening = listening
        self._folder = folder
        self._stop_seconds = stop_seconds
        self._stopping = asyncio.Event()
        self._running: set[asyncio.subprocess.Process] = set()
        self._failed = False

    async def run(self, count: int) -> bool:
        """Run so many processes until the stop. Return whether one of them kept ending."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._stopping.set)
        kept = [asyncio.create_task(self._keep_running()) for _ in range(count)]
        await self._stopping.wait()
        self._listening.close()
        self._signal(signal.SIGTERM)
        await asyncio.wait(kept, timeout=self._stop_seconds)
        self._signal(signal.SIGKILL)
        await asyncio.gather(*kept)
        return self._failed

    async def _keep_running(self) -> None:
        """Start a process, and another one whenever it ends. The pause grows with each failure."""
        failures = 0
        while not self._stopping.is_set():
            started = time.monotonic()
            status = await self._run_one()
            if self._stopping.is_set():
                return
            was_healthy = time.monotonic() - started > HEALTHY_SECONDS
            failures = 1 if was_healthy else failures + 1
            await self._report(status, failures)

    async def _report(self, status: int | None, failures: int) -> None:
        """Log the end of a process. Wait before the next one, or give up."""
        if failures == FAILURES_MAX:
            log.error("process.keeps_ending", status=status)
            self._failed = True
            self._stopping.set()
            return
        pause = PAUSE_SECONDS * 2 ** (failures - 1)
        log.error("process.ended", status=status, again_in_seconds=pause)
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), pause)

    async def _run_one(self) -> int | None:
        """Run one process to its end. Return its status, or None if it cannot be started."""
        try:
            process = await self._start()
        except OSError:
            log.exception("process.not_started")
            return None
        self._running.add(process)
        if self._stopping.is_set():  # the stop came while it was being started
            process.terminate()
        status = await process.wait()
        self._running.discard(process)
        forget(process.pid, self._folder)
        return status

    async def _start(self) -> asyncio.subprocess.Process:
        number = self._listening.fileno()
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "api.process", str(number)),
            stdin=asyncio.subprocess.PIPE,  # it ends with this process, however that ends
            env={**os.environ, FOLDER: str(self._folder)},
            pass_fds=(number,),
        )

    def _signal(self, number: signal.Signals) -> None:
        for process in self._running:
            with suppress(ProcessLookupError):
                process.send_signal(number)

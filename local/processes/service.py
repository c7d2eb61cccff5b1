"""A service as data: its command, its readiness check and the signals that stop it."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from local.errors import StackError
from local.processes.user import ProcessUser

POLL_SECONDS = 0.05


@dataclass(frozen=True, kw_only=True)
class Service:
    """One long-running process of the stack."""

    name: str
    argv: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    user: ProcessUser = field(default_factory=ProcessUser)
    ready: Callable[[], bool] = lambda: True
    required: bool = True
    start_seconds: float = 60.0
    stop_signal: signal.Signals = signal.SIGTERM
    stop_seconds: float = 10.0
    force_signal: signal.Signals = signal.SIGKILL

    @property
    def command(self) -> tuple[str, ...]:
        """The complete command line."""
        return (*self.user.prefix, *self.argv)


@contextmanager
def running(service: Service, log: Path) -> Iterator[None]:
    """Run a service for the length of a `with` block, without a supervisor."""
    with log.open("ab") as output:
        process = subprocess.Popen(  # noqa: S603 - services are ours
            service.command,
            env=service.env,
            **service.user.spawn_options(),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        _wait_until_ready(service, process, log)
        yield
    finally:
        _stop(service, process)


def _wait_until_ready(service: Service, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + service.start_seconds
    while not service.ready():
        if process.poll() is not None or time.monotonic() > deadline:
            raise StackError(f"{service.name} did not start.\n{last_lines(log)}")
        time.sleep(POLL_SECONDS)


def _stop(service: Service, process: subprocess.Popen[bytes]) -> None:
    process.send_signal(service.stop_signal)
    try:
        process.wait(service.stop_seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def last_lines(log: Path, count: int = 8) -> str:
    """Return the last lines of a log, indented, to print below a message."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - 16_384))
            lines = file.read().decode(errors="replace").splitlines()
    except OSError:
        lines = []
    return "\n".join(f"    {line}" for line in lines[-count:])

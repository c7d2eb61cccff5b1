"""Processes that outlived a killed supervisor: noted when they start, found and ended later."""

import json
import os
import signal
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from local.passwords import write_private

# The clock that start times are told by may be set meanwhile.
CLOCK_TOLERANCE_SECONDS = 3.0
DATA_DIR = "INKDEX_DATA_DIR"


@dataclass(frozen=True)
class Record:
    """A process we started as the leader of a session of its own."""

    pid: int
    created: float
    stop_signal: int
    data_dir: str

    def leader(self) -> psutil.Process | None:
        """Return the process itself while it lives."""
        with suppress(psutil.NoSuchProcess):
            process = psutil.Process(self.pid)
            if self._is_of_then(process) and is_alive(process):
                return process
        return None

    def members(self) -> list[psutil.Process]:
        """Return what runs in its session, children that have lost their parent included."""
        leader = self.leader()
        found = [p for p in psutil.process_iter() if p.pid != self.pid and self._in_session(p)]
        found = [p for p in found if is_alive(p)]
        return [leader, *found] if leader else [p for p in found if self._carries_our_mark(p)]

    def _is_of_then(self, process: psutil.Process) -> bool:
        return abs(process.create_time() - self.created) < CLOCK_TOLERANCE_SECONDS

    def _in_session(self, process: psutil.Process) -> bool:
        try:
            return os.getsid(process.pid) == self.pid
        except OSError:
            return False

    def _carries_our_mark(self, process: psutil.Process) -> bool:
        try:
            return process.environ().get(DATA_DIR) == self.data_dir
        except (psutil.Error, OSError):
            return False


def note(path: Path, record: Record) -> None:
    """Write down a process that was just started."""
    write_private(path, json.dumps(asdict(record)) + "\n")


def stop_noted(folder: Path) -> list[str]:
    """End every process noted in `folder` that still runs; return the services' names."""
    records = {path: read(path) for path in sorted(folder.glob("*.json"))}
    found = {path: record.members() if record else [] for path, record in records.items()}
    for record in filter(None, records.values()):
        leader = record.leader()
        if leader:
            _send(leader, record.stop_signal)
    end([process for members in found.values() for process in members])
    for path in records:
        path.unlink()
    return [path.stem for path, members in found.items() if members]


def end(processes: Sequence[psutil.Process], patience_seconds: float = 10.0) -> None:
    """Wait for `processes`, which were asked to end, and kill those that don't."""
    deadline = time.monotonic() + patience_seconds
    for process in processes:
        if not ended(process, deadline - time.monotonic()):
            _send(process, signal.SIGKILL)
            ended(process, 5.0)


def ended(process: psutil.Process, seconds: float) -> bool:
    """Tell whether `process` ends in time. One that nobody reaps has ended, too."""
    deadline = time.monotonic() + seconds
    while is_alive(process):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def is_alive(process: psutil.Process) -> bool:
    """Tell whether `process` still runs."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def read(path: Path) -> Record | None:
    """Return what was noted in `path`, None if that makes no sense."""
    try:
        return Record(**json.loads(path.read_text()))
    except (OSError, ValueError, TypeError):
        return None


def _send(process: psutil.Process, number: int) -> None:
    with suppress(psutil.NoSuchProcess):
        process.send_signal(number)

"""Processes that outlive a killed supervisor. The next run stops them by their records."""

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

# The system clock, which start times come from, may be adjusted between two readings.
CLOCK_TOLERANCE_SECONDS = 3.0
DATA_DIR = "INKDEX_DATA_DIR"


@dataclass(frozen=True)
class ProcessRecord:
    """A process that we started as the leader of its own session."""

    pid: int
    created: float
    stop_signal: int
    data_dir: str

    def leader(self) -> psutil.Process | None:
        """Return the process itself if it is alive."""
        with suppress(psutil.NoSuchProcess):
            process = psutil.Process(self.pid)
            if self._has_start_time(process) and is_alive(process):
                return process
        return None

    def members(self) -> list[psutil.Process]:
        """Return the live processes of its session, including children that lost their parent."""
        leader = self.leader()
        found = [p for p in psutil.process_iter() if p.pid != self.pid and self._in_session(p)]
        found = [p for p in found if is_alive(p)]
        return [leader, *found] if leader else [p for p in found if self._has_data_dir(p)]

    def _has_start_time(self, process: psutil.Process) -> bool:
        return abs(process.create_time() - self.created) < CLOCK_TOLERANCE_SECONDS

    def _in_session(self, process: psutil.Process) -> bool:
        try:
            return os.getsid(process.pid) == self.pid
        except OSError:
            return False

    def _has_data_dir(self, process: psutil.Process) -> bool:
        try:
            return process.environ().get(DATA_DIR) == self.data_dir
        except (psutil.Error, OSError):
            return False


def write_record(path: Path, record: ProcessRecord) -> None:
    write_private(path, json.dumps(asdict(record)) + "\n")


def read_record(path: Path) -> ProcessRecord | None:
    """Return the record in a file. None if the file is missing or damaged."""
    try:
        return ProcessRecord(**json.loads(path.read_text()))
    except (OSError, ValueError, TypeError):
        return None


def stop_recorded(folder: Path) -> list[str]:
    """Stop every recorded process that still runs. Return the names of their services."""
    records = {path: read_record(path) for path in sorted(folder.glob("*.json"))}
    found = {path: record.members() if record else [] for path, record in records.items()}
    for record in filter(None, records.values()):
        leader = record.leader()
        if leader:
            _send(leader, record.stop_signal)
    wait_or_kill([process for members in found.values() for process in members])
    for path in records:
        path.unlink()
    return [path.stem for path, members in found.items() if members]


def wait_or_kill(processes: Sequence[psutil.Process], seconds: float = 10.0) -> None:
    """Wait for processes that were asked to stop. Kill those that still run after `seconds`."""
    deadline = time.monotonic() + seconds
    for process in processes:
        if not exits_within(process, deadline - time.monotonic()):
            _send(process, signal.SIGKILL)
            exits_within(process, 5.0)


def exits_within(process: psutil.Process, seconds: float) -> bool:
    """Wait for a process to exit and return whether it did. A zombie counts as exited."""
    deadline = time.monotonic() + seconds
    while is_alive(process):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def is_alive(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _send(process: psutil.Process, number: int) -> None:
    with suppress(psutil.NoSuchProcess):
        process.send_signal(number)

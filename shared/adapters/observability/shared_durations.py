"""The durations of the last minute of several API processes, in mapped files."""

import mmap
import os
import struct
import time
from collections.abc import Callable
from pathlib import Path

from shared.domain.operations.durations import WINDOW_SECONDS, RequestDurations

KEPT = 1000
"""The newest durations of each process are kept."""
ENTRY = struct.Struct("dd")


class SharedDurations:
    """The durations of a kind of request. Each process has a file of its own and reads all."""

    def __init__(
        self, folder: Path, kind: str, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """`clock` must show the same time in all processes."""
        self._folder = folder
        self._kind = kind
        self._clock = clock
        self._own = _mapped(folder / f"{os.getpid()}.{kind}")
        self._next = 0

    def record(self, milliseconds: float) -> None:
        """Add a duration that ended now. It takes the place of the oldest of this process."""
        ENTRY.pack_into(self._own, self._next * ENTRY.size, self._clock(), milliseconds)
        self._next = (self._next + 1) % KEPT

    def milliseconds(self) -> list[float]:
        """Return the durations of the last minute of all processes."""
        since = max(0.0, self._clock() - WINDOW_SECONDS)  # unused entries have time 0
        return [
            duration
            for path in self._folder.glob(f"*.{self._kind}")
            for ended, duration in ENTRY.iter_unpack(path.read_bytes())
            if ended > since
        ]


def request_durations(folder: Path | None) -> RequestDurations:
    """Return the durations of this process, or of all that share the folder."""
    if folder is None:
        return RequestDurations()
    return RequestDurations(SharedDurations(folder, "writes"), SharedDurations(folder, "searches"))


def _mapped(path: Path) -> mmap.mmap:
    path.write_bytes(bytes(KEPT * ENTRY.size))
    with path.open("r+b") as file:
        return mmap.mmap(file.fileno(), 0)

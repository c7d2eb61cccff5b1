"""Recent rows of numbers of several API processes, in mapped files."""

import mmap
import os
import struct
import time
from collections.abc import Callable
from pathlib import Path

from shared.domain.answers import figures
from shared.domain.answers.figures import RecentAnswers
from shared.domain.operations.recent_rows import RecentRows, Row


class SharedRows:
    """The rows of a kind. Each process has a file of its own and reads all."""

    def __init__(
        self,
        folder: Path,
        kind: str,
        columns: int,
        kept: int,
        window_seconds: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Keep the newest `kept` rows of each process.

        `clock` must show the same time in all processes.
        """
        self._folder = folder
        self._kind = kind
        self._kept = kept
        self._window_seconds = window_seconds
        self._clock = clock
        self._entry = struct.Struct("d" * (1 + columns))
        self._own = _mapped(folder / f"{os.getpid()}.{kind}", kept * self._entry.size)
        self._next = 0

    def record(self, *row: float) -> None:
        """Add a row for something that ended now. It replaces the oldest of this process."""
        self._entry.pack_into(self._own, self._next * self._entry.size, self._clock(), *row)
        self._next = (self._next + 1) % self._kept

    def rows(self) -> list[Row]:
        """Return the rows of the window of all processes."""
        since = max(0.0, self._clock() - self._window_seconds)  # unused entries have time 0
        return [
            tuple(row)
            for path in self._folder.glob(f"*.{self._kind}")
            for ended, *row in self._entry.iter_unpack(path.read_bytes())
            if ended > since
        ]


def recent_answers(folder: Path | None) -> RecentAnswers:
    """Return the answers of this process, or of all that share the folder."""
    window = figures.WINDOW_SECONDS
    if folder is None:
        return RecentAnswers(RecentRows(figures.KEPT, window))
    return RecentAnswers(SharedRows(folder, "answers", figures.COLUMNS, figures.KEPT, window))


def _mapped(path: Path, size: int) -> mmap.mmap:
    path.write_bytes(bytes(size))
    with path.open("r+b") as file:
        return mmap.mmap(file.fileno(), 0)

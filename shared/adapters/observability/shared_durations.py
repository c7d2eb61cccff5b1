"""The durations of the last minute of several API processes, in mapped files."""

import time
from collections.abc import Callable
from pathlib import Path

from shared.adapters.observability.shared_rows import SharedRows
from shared.domain.operations.durations import WINDOW_SECONDS, RequestDurations

KEPT = 1000
"""The newest durations of each process are kept."""


class SharedDurations:
    """The durations of a kind of request, in all processes that share the folder."""

    def __init__(
        self, folder: Path, kind: str, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """`clock` must show the same time in all processes."""
        self._rows = SharedRows(folder, kind, 1, KEPT, WINDOW_SECONDS, clock)

    def record(self, milliseconds: float) -> None:
        """Add a duration that ended now."""
        self._rows.record(milliseconds)

    def milliseconds(self) -> list[float]:
        """Return the durations of the last minute of all processes."""
        return [duration for (duration,) in self._rows.rows()]


def request_durations(folder: Path | None) -> RequestDurations:
    """Return the durations of this process, or of all that share the folder."""
    if folder is None:
        return RequestDurations()
    return RequestDurations(SharedDurations(folder, "writes"), SharedDurations(folder, "searches"))

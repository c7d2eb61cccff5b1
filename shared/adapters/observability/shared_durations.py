"""The durations of the last minute of several API processes, in mapped files."""

from pathlib import Path

from shared.adapters.observability.shared_rows import SharedRows
from shared.domain.operations.durations import WINDOW_SECONDS, RequestDurations, TenantDurations

KEPT = 1000
"""The newest durations of each process are kept."""
COLUMNS = 2


def request_durations(folder: Path | None) -> RequestDurations:
    """Return the durations of this process, or of all that share the folder."""
    if folder is None:
        return RequestDurations()
    return RequestDurations(_shared(folder, "writes"), _shared(folder, "searches"))


def _shared(folder: Path, kind: str) -> TenantDurations:
    return TenantDurations(SharedRows(folder, kind, COLUMNS, KEPT, WINDOW_SECONDS))

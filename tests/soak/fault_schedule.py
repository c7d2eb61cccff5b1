"""Which faults are active, and which ended recently: they excuse a missing answer."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from tests.soak.faults import Kind

AFTERMATH_SECONDS = 8.0
"""How long a part may take to recover after its fault ends: an API takes seconds to start."""


class FaultSchedule:
    """A record of faults for all threads."""

    def __init__(self) -> None:
        self._active: list[Kind] = []
        self._ended_at: dict[str, float] = {}
        self._lock = threading.Lock()

    @contextmanager
    def active(self, kind: Kind) -> Iterator[None]:
        with self._lock:
            self._active.append(kind)
        try:
            yield
        finally:
            with self._lock:
                self._active.remove(kind)
                self._ended_at[kind.part] = time.monotonic()

    def describe(self) -> str:
        with self._lock:
            return " + ".join(kind.name for kind in self._active) or "no fault"

    def is_any_active(self) -> bool:
        with self._lock:
            return bool(self._active)

    def was_quiet(self, parts: set[str], since: float) -> bool:
        """Return whether no fault of these parts was active, or in its aftermath, since then."""
        with self._lock:
            return not any(kind.part in parts for kind in self._active) and all(
                self._ended_at.get(part, float("-inf")) + AFTERMATH_SECONDS < since
                for part in parts
            )

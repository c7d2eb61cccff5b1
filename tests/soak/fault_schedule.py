"""Which faults blow now, and which blew lately: what excuses an answer that did not come."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from tests.soak.faults import Kind

AFTERMATH_SECONDS = 8.0
"""How long after a fault its part may still be coming back: an API takes seconds to start."""


class Weather:
    """A record of faults for all threads."""

    def __init__(self) -> None:
        self._blowing: list[Kind] = []
        self._ended_at: dict[str, float] = {}
        self._lock = threading.Lock()

    @contextmanager
    def blowing(self, kind: Kind) -> Iterator[None]:
        with self._lock:
            self._blowing.append(kind)
        try:
            yield
        finally:
            with self._lock:
                self._blowing.remove(kind)
                self._ended_at[kind.part] = time.monotonic()

    def now(self) -> str:
        with self._lock:
            return " + ".join(kind.name for kind in self._blowing) or "calm"

    def calm(self, parts: set[str], since: float) -> bool:
        """Return whether none of the parts has been hurt, or was coming back, since then."""
        with self._lock:
            return not any(kind.part in parts for kind in self._blowing) and all(
                self._ended_at.get(part, float("-inf")) + AFTERMATH_SECONDS < since
                for part in parts
            )

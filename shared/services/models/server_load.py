"""How long a model server is expected to work on what this process has sent to it."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager


class ServerLoad:
    """The work that is begun on one model server. Safe to share between threads."""

    def __init__(self, at_a_time: int) -> None:
        """Begin with nothing. The server works on `at_a_time` requests at the same time."""
        self._at_a_time = at_a_time
        self._lock = threading.Lock()
        self._begun: dict[object, tuple[float, float]] = {}
        self._ended_at = time.monotonic()

    @property
    def expected_seconds(self) -> float:
        """When the begun work is expected to end. Work that is late will take as long again."""
        now = time.monotonic()
        with self._lock:
            seconds = sum(max(expected, now - since) for since, expected in self._begun.values())
        return seconds / self._at_a_time

    @property
    def idle_seconds(self) -> float:
        """For how long the server has had no work."""
        return 0.0 if self._begun else time.monotonic() - self._ended_at

    @contextmanager
    def holding(self, seconds: float) -> Iterator[None]:
        """Count work of so many expected seconds inside the block."""
        key = object()
        with self._lock:
            self._begun[key] = time.monotonic(), seconds
        try:
            yield
        finally:
            with self._lock:
                del self._begun[key]
                self._ended_at = time.monotonic()

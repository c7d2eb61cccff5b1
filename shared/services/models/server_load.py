"""How long a model server is expected to work on what this process has sent to it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class ServerLoad:
    """The work that is begun on one model server. Safe to share between threads."""

    def __init__(self, at_a_time: int) -> None:
        """Begin with nothing. The server works on `at_a_time` requests at the same time."""
        self._at_a_time = at_a_time
        self._lock = threading.Lock()
        self._seconds = 0.0

    @property
    def expected_seconds(self) -> float:
        """When the begun work is expected to end."""
        return self._seconds / self._at_a_time

    @contextmanager
    def holding(self, seconds: float) -> Iterator[None]:
        """Count work of so many expected seconds inside the block."""
        self._add(seconds)
        try:
            yield
        finally:
            self._add(-seconds)

    def _add(self, seconds: float) -> None:
        with self._lock:
            self._seconds = max(0.0, self._seconds + seconds)

"""A thread that runs an action at a fixed interval."""

import threading
import time
from collections.abc import Callable

from shared.db.kit.loop_errors import LoopErrors


class PeriodicThread:
    """Runs `action` when it starts and then every `interval_seconds`, until `stopping` is set.

    An error does not end the thread. It is logged once for as long as it stays the same.
    """

    def __init__(
        self,
        name: str,
        interval_seconds: float,
        action: Callable[[], None],
        stopping: threading.Event,
    ) -> None:
        self._interval = interval_seconds
        self._action = action
        self._stopping = stopping
        self._errors = LoopErrors(name)
        self._begun_at: float | None = None
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    @property
    def name(self) -> str:
        return self._thread.name

    def start(self) -> None:
        self._thread.start()

    def is_stuck(self, seconds: float) -> bool:
        """Return whether the action runs for longer, or the thread has ended before the stop."""
        begun_at = self._begun_at
        if begun_at is not None and time.monotonic() - begun_at > seconds:
            return True
        has_begun = self._thread.ident is not None
        return has_begun and not self._thread.is_alive() and not self._stopping.is_set()

    def join(self, timeout_seconds: float) -> None:
        """Wait until the running action ends, for at most `timeout_seconds`."""
        self._thread.join(timeout_seconds)

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._begun_at = time.monotonic()
            with self._errors.logged(Exception):
                self._action()
            self._begun_at = None
            self._stopping.wait(self._interval)

"""A thread that runs an action at a fixed interval."""

import threading
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
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def join(self, timeout_seconds: float) -> None:
        """Wait until the running action ends, for at most `timeout_seconds`."""
        self._thread.join(timeout_seconds)

    def _run(self) -> None:
        while not self._stopping.is_set():
            with self._errors.logged(Exception):
                self._action()
            self._stopping.wait(self._interval)

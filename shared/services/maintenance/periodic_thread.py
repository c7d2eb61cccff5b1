"""A thread that runs an action at a fixed interval."""

import threading
from collections.abc import Callable

import structlog

from shared.domain.errors import DatabaseUnavailable, describe

log = structlog.get_logger()


class PeriodicThread:
    """Runs `action` in a thread of its own every `interval`, and at once when it starts.

    An error is logged, once for as long as it stays the same, and does not end the thread.
    """

    def __init__(self, name: str, interval_seconds: float, action: Callable[[], None]) -> None:
        self._interval = interval_seconds
        self._action = action
        self.stopping = threading.Event()
        self._last_error: str | None = None
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self, timeout_seconds: float) -> None:
        """Let the action under way finish, for at most `timeout_seconds`."""
        self.stopping.set()
        self._thread.join(timeout_seconds)

    def _run(self) -> None:
        while not self.stopping.is_set():
            self._act()
            self.stopping.wait(self._interval)

    def _act(self) -> None:
        try:
            self._action()
        except Exception as error:
            said = describe(error)
            if said != self._last_error:
                known = isinstance(error, DatabaseUnavailable)
                log.error(  # noqa: TRY400 - known outages need no traceback
                    "loop.failed", loop=self._thread.name, detail=said, exc_info=not known
                )
            self._last_error = said
        else:
            self._last_error = None

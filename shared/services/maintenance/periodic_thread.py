"""A thread that runs an action at a fixed interval."""

import threading
from collections.abc import Callable

import structlog

from shared.domain.errors import DatabaseUnavailable, describe

log = structlog.get_logger()


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
        self._last_error: str | None = None
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def join(self, timeout_seconds: float) -> None:
        """Wait until the running action ends, for at most `timeout_seconds`."""
        self._thread.join(timeout_seconds)

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._act()
            self._stopping.wait(self._interval)

    def _act(self) -> None:
        try:
            self._action()
        except Exception as error:
            detail = describe(error)
            if detail != self._last_error:
                known = isinstance(error, DatabaseUnavailable)
                log.error(  # noqa: TRY400 - known outages need no traceback
                    "loop.failed", loop=self._thread.name, detail=detail, exc_info=not known
                )
            self._last_error = detail
        else:
            self._last_error = None

"""Whether the model server may be asked: one breaker for all threads of a worker."""

import threading
import time

import structlog

from shared.domain.errors import ModelUnavailable
from shared.domain.resilience.breaker import Breaker

log = structlog.get_logger()


class ModelBreaker:
    """The worker's view of the model server."""

    def __init__(self) -> None:
        self._breaker = Breaker()
        self._lock = threading.Lock()

    @property
    def paused_reason(self) -> str | None:
        """Why work is not claimed now, or None."""
        return self._breaker.reason

    @property
    def closed(self) -> bool:
        """Whether work may be claimed."""
        return self._breaker.closed

    def probe_is_due(self) -> bool:
        """Return whether the server is thought down and may be asked again."""
        with self._lock:
            return not self._breaker.closed and self._breaker.allows(time.monotonic())

    def failed(self, error: ModelUnavailable) -> None:
        """Stop claiming; said once an outage."""
        with self._lock:
            if self._breaker.reason != error.reason:
                log.warning("model.paused", reason=error.reason, detail=error.message)
            self._breaker.record_failure(time.monotonic(), error.reason)

    def succeeded(self) -> None:
        """Claim again."""
        with self._lock:
            if not self._breaker.closed:
                log.info("model.resumed", after_failures=self._breaker.failures)
            self._breaker.record_success()

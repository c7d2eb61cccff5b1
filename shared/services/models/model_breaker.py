"""The circuit breaker of a model server, shared by all threads of a worker."""

import threading
import time

import structlog

from shared.domain.model_errors import ModelUnavailable
from shared.domain.resilience.breaker import Breaker

log = structlog.get_logger()


class ModelBreaker:
    """Open while a model server fails. A worker claims no documents for it then."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._breaker = Breaker()
        self._lock = threading.Lock()

    @property
    def paused_reason(self) -> str | None:
        """Why the server is sent no documents, or None."""
        return self._breaker.reason

    @property
    def closed(self) -> bool:
        return self._breaker.closed

    def probe_is_due(self) -> bool:
        with self._lock:
            return not self._breaker.closed and self._breaker.allows(time.monotonic())

    def failed(self, error: ModelUnavailable) -> None:
        """Open, and log each new reason once."""
        with self._lock:
            if self._breaker.reason != error.reason:
                log.warning(
                    "model.paused",
                    server=self._address,
                    reason=error.reason,
                    detail=error.message,
                )
            self._breaker.record_failure(time.monotonic(), error.reason)

    def succeeded(self) -> None:
        with self._lock:
            if not self._breaker.closed:
                log.info(
                    "model.resumed", server=self._address, after_failures=self._breaker.failures
                )
            self._breaker.record_success()

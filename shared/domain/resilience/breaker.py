"""A circuit breaker: it pauses calls of a server that fails, and tries again by itself."""

from dataclasses import dataclass


@dataclass(slots=True)
class Breaker:
    """Closed while calls succeed. Each failure in a row opens it for a longer pause.

    Failures during a pause are those of calls that had begun before, so they are no further ones.

    The caller passes the time `now` in seconds of any monotonic clock.
    """

    first_pause_seconds: float = 0.5
    longest_pause_seconds: float = 5.0
    failures: int = 0
    retry_at: float = 0.0
    reason: str | None = None

    @property
    def closed(self) -> bool:
        return self.failures == 0

    def allows(self, now: float) -> bool:
        """Return whether a call may be made: the breaker is closed or its pause is over."""
        return self.closed or now >= self.retry_at

    def record_failure(self, now: float, reason: str) -> None:
        """Open for the first pause, or for twice the last one up to the longest."""
        self.reason = reason
        if not self.allows(now):
            return
        pause = self.first_pause_seconds * 2.0 ** min(self.failures, 30)
        self.failures += 1
        self.retry_at = now + min(pause, self.longest_pause_seconds)

    def record_success(self) -> None:
        self.failures = 0
        self.reason = None

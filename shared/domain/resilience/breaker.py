"""A circuit breaker: stop asking a model server that is down, and ask again by itself."""

from dataclasses import dataclass


@dataclass(slots=True)
class Breaker:
    """Closed while calls succeed; open for a growing pause after each failure in a row.

    Times are seconds of any monotonic clock, handed in by the caller.
    """

    first_pause_seconds: float = 0.5
    longest_pause_seconds: float = 5.0
    failures: int = 0
    retry_at: float = 0.0
    reason: str | None = None

    @property
    def closed(self) -> bool:
        """Whether the last call succeeded."""
        return self.failures == 0

    def allows(self, now: float) -> bool:
        """Return whether a call may be made: always when closed, else once its pause is over."""
        return self.closed or now >= self.retry_at

    def record_failure(self, now: float, reason: str) -> None:
        """Open, or stay open for twice as long as last time."""
        pause = self.first_pause_seconds * 2.0 ** min(self.failures, 30)
        self.failures += 1
        self.retry_at = now + min(pause, self.longest_pause_seconds)
        self.reason = reason

    def record_success(self) -> None:
        """Close."""
        self.failures = 0
        self.reason = None

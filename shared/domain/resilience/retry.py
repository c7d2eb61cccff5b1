"""When a failed attempt is repeated."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Exponential backoff in seconds, with jitter, up to a last attempt."""

    max_attempts: int
    base_seconds: float
    cap_seconds: float

    def delay(self, attempts: int, jitter: float) -> float | None:
        """Return the seconds to wait after attempt number `attempts`, or None after the last.

        `jitter` is a random number in [0, 1). The delay is between half the exponential step and
        all of it, so that attempts that failed together are not repeated together.
        """
        if attempts >= self.max_attempts:
            return None
        step = min(self.cap_seconds, self.base_seconds * 2.0 ** min(attempts - 1, 60))
        return step * (0.5 + jitter / 2)

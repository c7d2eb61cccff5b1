"""When a document's failed attempt is tried again."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Exponential backoff with full jitter on its upper half, in seconds, up to a last attempt."""

    max_attempts: int
    base_seconds: float
    cap_seconds: float

    def delay(self, attempts: int, jitter: float) -> float | None:
        """Return the seconds to wait after attempt number `attempts`, or None: give up.

        `jitter` is a random number in [0, 1); the wait lies between half and the whole
        of its exponential step, so that what failed together is not tried together.
        """
        if attempts >= self.max_attempts:
            return None
        step = min(self.cap_seconds, self.base_seconds * 2.0 ** min(attempts - 1, 60))
        return step * (0.5 + jitter / 2)

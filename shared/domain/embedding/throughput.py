"""The speed of a model, measured, and the size of request that it handles in a given time."""

import math
import threading
from collections.abc import Sequence
from dataclasses import dataclass

FIRST_GUESS_TOKENS_PER_SECOND = 1000.0
MEMORY_SECONDS = 4.0
"""A measurement weighs about a third as much after this many more seconds of requests."""


@dataclass(frozen=True, slots=True)
class RequestLimits:
    """The target duration of a request in seconds, and the most texts and tokens it may have."""

    seconds: float
    texts: int
    tokens: int


class Throughput:
    """Measures the model's speed to size the next request; safe to share between threads."""

    def __init__(self, limits: RequestLimits) -> None:
        self.limits = limits
        self._lock = threading.Lock()
        self._seconds = 0.1
        self._has_measured = False
        self._tokens = self._seconds * FIRST_GUESS_TOKENS_PER_SECOND

    @property
    def request_tokens(self) -> int:
        """The number of tokens that the model embeds in the target duration, at least 1."""
        return max(1, min(self.limits.tokens, int(self._speed() * self.limits.seconds)))

    def expected_seconds(self, tokens: int) -> float:
        """Return how long the model will take for so many tokens."""
        return tokens / self._speed()

    @property
    def measured(self) -> float | None:
        """The tokens that the model embeds in a second of a request; None before the first."""
        return self._speed() if self._has_measured else None

    def _speed(self) -> float:
        with self._lock:
            return self._tokens / self._seconds

    def record(self, tokens: int, seconds: float) -> None:
        """Add a finished request, weighted by its duration."""
        with self._lock:
            kept = math.exp(-seconds / MEMORY_SECONDS)
            self._tokens = self._tokens * kept + tokens
            self._seconds = self._seconds * kept + max(seconds, 1e-6)
            self._has_measured = True

    def next_request_texts(self, sizes: Sequence[int]) -> int:
        """Return how many of the first texts, at least 1, form the next request.

        `sizes` are the tokens of all waiting texts. If they need several requests, those get
        equal shares, because a small last request would waste the model's time.
        """
        total, limit = sum(sizes), self.request_tokens
        left = math.ceil(total / math.ceil(total / limit)) if total else limit
        for index, size in enumerate(sizes[: self.limits.texts]):
            left -= size
            if left < 0:
                return max(1, index)
        return min(len(sizes), self.limits.texts)

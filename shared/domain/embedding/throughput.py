"""How much text a model takes in a given time, learned from what it took before."""

import math
import threading
from collections.abc import Sequence
from dataclasses import dataclass

FIRST_GUESS_TOKENS_PER_SECOND = 1000.0
MEMORY_SECONDS = 4.0
"""Of what the model did this many seconds of its time ago, about a third still counts."""


@dataclass(frozen=True, slots=True)
class RequestLimits:
    """How long a request may keep the model, and how much may be in it at most."""

    seconds: float
    texts: int
    tokens: int


class Throughput:
    """The model's speed, and so the size of the next request; safe to share between threads."""

    def __init__(self, limits: RequestLimits) -> None:
        self.limits = limits
        self._lock = threading.Lock()
        self._seconds = 0.1
        self._tokens = self._seconds * FIRST_GUESS_TOKENS_PER_SECOND

    @property
    def request_tokens(self) -> int:
        """Return the tokens that the model takes in the time a request may last."""
        with self._lock:
            speed = self._tokens / self._seconds
        return max(1, min(self.limits.tokens, int(speed * self.limits.seconds)))

    def record(self, tokens: int, seconds: float) -> None:
        """Learn from a request; each weighs by the time that it took."""
        with self._lock:
            kept = math.exp(-seconds / MEMORY_SECONDS)
            self._tokens = self._tokens * kept + tokens
            self._seconds = self._seconds * kept + max(seconds, 1e-6)

    def leading(self, sizes: Sequence[int]) -> int:
        """Return how many of the texts of these sizes, at least one, make the next request.

        What must be several requests is shared out evenly: a small last one wastes the model.
        """
        tokens, most = sum(sizes), self.request_tokens
        left = math.ceil(tokens / math.ceil(tokens / most)) if tokens else most
        for place, size in enumerate(sizes[: self.limits.texts]):
            left -= size
            if left < 0:
                return max(1, place)
        return min(len(sizes), self.limits.texts)

"""Values that are remembered for a short time."""

import time
from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Recent(Generic[K, V]):
    """The newest values by key, at most `most`, each for `seconds`."""

    def __init__(self, seconds: float, most: int) -> None:
        self._seconds = seconds
        self._most = most
        self._values: OrderedDict[K, tuple[V, float]] = OrderedDict()

    def get(self, key: K) -> V | None:
        """Return the value of a key, or None if it is unknown or too old."""
        value, expires_at = self._values.get(key, (None, 0.0))
        return value if time.monotonic() < expires_at else None

    def last(self, key: K) -> V | None:
        """Return the value of a key, however old it is, or None if it is unknown."""
        value, _ = self._values.get(key, (None, 0.0))
        return value

    def forget(self, key: K) -> None:
        self._values.pop(key, None)

    def put(self, key: K, value: V) -> None:
        self._values[key] = (value, time.monotonic() + self._seconds)
        self._values.move_to_end(key)
        while len(self._values) > self._most:
            self._values.popitem(last=False)

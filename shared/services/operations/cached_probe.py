"""Answers that may be a moment old, so that many can ask what is costly to find out."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from shared.domain.errors import DatabaseUnavailable

CHECK_EVERY_SECONDS = 1.0
CHECK_SECONDS = 3.0

T = TypeVar("T")


class CachedProbe(Generic[T]):
    """What `ask` answered last, asked again after `every_seconds`, once for all who want it.

    With `most_of_time` what takes long is asked more seldom: asking takes no larger share.
    """

    def __init__(
        self,
        ask: Callable[[], Awaitable[T]],
        every_seconds: float = CHECK_EVERY_SECONDS,
        most_of_time: float = 1.0,
    ) -> None:
        self._ask = ask
        self._every = every_seconds
        self._most_of_time = most_of_time
        self._lock = asyncio.Lock()
        self._good_until = float("-inf")
        self._answer: T | DatabaseUnavailable | None = None

    async def get(self) -> T:
        """Return, or raise, an answer that is young enough."""
        async with self._lock:
            if time.monotonic() >= self._good_until:
                started = time.monotonic()
                self._answer = await self._try()
                self._good_until = time.monotonic() + self._keep(time.monotonic() - started)
        assert self._answer is not None
        if isinstance(self._answer, DatabaseUnavailable):
            raise self._answer
        return self._answer

    def _keep(self, took: float) -> float:
        if isinstance(self._answer, DatabaseUnavailable):
            return max(self._every, took)
        return max(self._every, took / self._most_of_time - took)

    async def _try(self) -> T | DatabaseUnavailable:
        try:
            async with asyncio.timeout(CHECK_SECONDS):
                return await self._ask()
        except TimeoutError:
            return DatabaseUnavailable(f"did not answer within {CHECK_SECONDS:g} seconds")
        except DatabaseUnavailable as error:
            return error

"""Answers that may be a moment old, so that many can ask what is costly to find out."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from shared.domain.errors import DatabaseUnavailable

CHECK_EVERY_SECONDS = 1.0
CHECK_SECONDS = 3.0

T = TypeVar("T")


class Remembered(Generic[T]):
    """What `ask` answered last, asked again after `every_seconds`, once for all who want it."""

    def __init__(
        self, ask: Callable[[], Awaitable[T]], every_seconds: float = CHECK_EVERY_SECONDS
    ) -> None:
        self._ask = ask
        self._every = every_seconds
        self._lock = asyncio.Lock()
        self._asked_at = float("-inf")
        self._answer: T | DatabaseUnavailable | None = None

    async def get(self) -> T:
        """Return, or raise, an answer at most `every_seconds` old."""
        async with self._lock:
            if self._answer is None or time.monotonic() - self._asked_at > self._every:
                self._answer = await self._try()
                self._asked_at = time.monotonic()
        if isinstance(self._answer, DatabaseUnavailable):
            raise self._answer
        return self._answer

    async def _try(self) -> T | DatabaseUnavailable:
        try:
            async with asyncio.timeout(CHECK_SECONDS):
                return await self._ask()
        except TimeoutError:
            return DatabaseUnavailable(f"did not answer within {CHECK_SECONDS:g} seconds")
        except DatabaseUnavailable as error:
            return error

"""Caches the answer to a costly question for a short time, for all who ask."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from shared.domain.database_errors import DatabaseUnavailable

CHECK_EVERY_SECONDS = 1.0
CHECK_SECONDS = 3.0

T = TypeVar("T")


class CachedProbe(Generic[T]):
    """Calls `ask` at most every `every_seconds`, once for all concurrent callers.

    A slow `ask` runs less often, so that it never takes more than `max_share` of the time.
    An outage, or an answer that `keep_if` rejects, is not kept: it may be over. A kept answer that
    is older than `renew_after_seconds` is still returned, and renewed in the background.
    """

    def __init__(
        self,
        ask: Callable[[], Awaitable[T]],
        every_seconds: float = CHECK_EVERY_SECONDS,
        max_share: float = 1.0,
        keep_if: Callable[[T], bool] = lambda _: True,
        renew_after_seconds: float = float("inf"),
    ) -> None:
        self._ask = ask
        self._every = every_seconds
        self._max_share = max_share
        self._keep_if = keep_if
        self._renew_after = renew_after_seconds
        self._asking: asyncio.Task[None] | None = None
        self._renew_at = float("-inf")
        self._expires_at = float("-inf")
        self._answer: T | DatabaseUnavailable | None = None

    async def get(self) -> T:
        """Return, or raise, an answer that is recent enough."""
        now = time.monotonic()
        if now >= self._renew_at:
            asked = self._asked()
            if now >= self._expires_at:
                await asyncio.shield(asked)
        assert self._answer is not None
        if isinstance(self._answer, DatabaseUnavailable):
            raise self._answer
        return self._answer

    def _asked(self) -> asyncio.Task[None]:
        """Return the running call, or start one. All who wait for it continue at the same moment.

        With a lock they would continue one by one, each in its own turn of the event loop.
        """
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._renew())
        return self._asking

    async def _renew(self) -> None:
        started = time.monotonic()
        self._answer = await self._try()
        answered = time.monotonic()
        keep = self._keep(answered - started)
        self._expires_at = answered + keep
        self._renew_at = answered + min(keep, self._renew_after)

    def _keep(self, took: float) -> float:
        if isinstance(self._answer, DatabaseUnavailable):
            return 0.0
        assert self._answer is not None
        if not self._keep_if(self._answer):
            return 0.0
        return max(self._every, took / self._max_share - took)

    async def _try(self) -> T | DatabaseUnavailable:
        try:
            async with asyncio.timeout(CHECK_SECONDS):
                return await self._ask()
        except TimeoutError:
            return DatabaseUnavailable(f"did not answer within {CHECK_SECONDS:g} seconds")
        except DatabaseUnavailable as error:
            return error

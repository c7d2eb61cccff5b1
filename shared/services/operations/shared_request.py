"""One request for all who ask at the same time."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Generic, TypeVar

from shared.services.operations.background import failure_seen

T = TypeVar("T")


class SharedRequest(Generic[T]):
    """Asks for all who wait. No answer is older than the question."""

    def __init__(
        self, ask: Callable[[], Coroutine[Any, Any, T]], patience_seconds: float | None = None
    ) -> None:
        """Let each request wait for the one before it, at most for `patience_seconds`."""
        self._ask = ask
        self._patience = patience_seconds
        self._running: asyncio.Task[T] | None = None
        self._next: asyncio.Task[T] | None = None

    def asked(self) -> asyncio.Task[T]:
        """Return a request that begins from now on. Others wait for it too: shield it."""
        if self._next is None or self._next.done():
            self._next = asyncio.create_task(self._ask_after(self._running))
            self._next.add_done_callback(failure_seen)
        return self._next

    async def _ask_after(self, former: asyncio.Task[T] | None) -> T:
        if former is not None:
            await asyncio.wait({former}, timeout=self._patience)
        self._running, self._next = self._next, None
        return await self._ask()

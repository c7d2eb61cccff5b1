"""The one slot of a chat model: requests take it in order, and it keeps the model loaded."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx

from local.errors import StackError
from local.model_server.chat.options import NUM_CTX_MIN, Options
from local.model_server.chat.requests import FOREVER, Request
from local.model_server.chat.runner import Runner, Shape
from local.model_server.model_card import NEVER
from local.model_server.protocol import RequestError

KEEP_ALIVE_SECONDS = 300.0
WAITING_MAX = 512
UNEXPECTED_END = "an error was encountered while running the model: unexpected EOF"


@dataclass(frozen=True)
class Held:
    """The slot while a request has it."""

    runner: Runner
    load_nanoseconds: int


class Slot:
    """Loads the model when it is asked for, and again for another context or batch size."""

    def __init__(self, verify: Callable[[], Path], context_length: int, threads: int) -> None:
        self._verify = verify
        self._weights: Path | None = None
        self._context_length = context_length
        self._threads = threads
        self._lock = asyncio.Lock()  # first in, first out
        self._waiting = 0
        self._runner: Runner | None = None
        self._keep_alive = KEEP_ALIVE_SECONDS
        self._expiry: asyncio.Task[None] | None = None
        self._expires_at = NEVER
        self._name = ""

    @asynccontextmanager
    async def hold(self, request: Request) -> AsyncIterator[Held]:
        """Wait for the slot and load the model. Raises RequestError if too many wait."""
        if self._waiting >= WAITING_MAX:
            raise RequestError(
                503, "server busy, please try again.  maximum pending requests exceeded"
            )
        self._waiting += 1
        try:
            await self._lock.acquire()
        finally:
            self._waiting -= 1
        try:
            self._name = request.model
            started = time.perf_counter_ns()
            runner = await self._load(request.options)
            try:
                yield Held(runner, time.perf_counter_ns() - started)
            except httpx.HTTPError as error:
                await self._stop()
                raise RequestError(500, UNEXPECTED_END) from error
            finally:
                self._keep(request)
        finally:
            self._lock.release()

    async def unload(self) -> None:
        """Unload the model once no request has the slot."""
        async with self._lock:
            await self._stop()

    def running(self) -> dict[str, object] | None:
        """Return what `/api/ps` says of the loaded model. None if it isn't loaded."""
        runner = self._runner
        if runner is None or not runner.is_running:
            return None
        name = self._name.strip().lower()
        name = name if ":" in name else f"{name}:latest"
        return {
            "name": name,
            "model": name,
            "size": runner.size,
            "size_vram": 0,
            "expires_at": self._expires_at,
            "context_length": runner.shape.num_ctx,
        }

    async def _load(self, options: Options) -> Runner:
        if self._expiry is not None:
            self._expiry.cancel()
            self._expiry = None
        num_ctx = min(max(options.num_ctx, NUM_CTX_MIN), self._context_length)
        weights = self._weights = self._weights or await self._verified()
        shape = Shape(weights, num_ctx, min(max(options.num_batch, 1), num_ctx), self._threads)
        if self._runner is not None and self._runner.is_running and self._runner.shape == shape:
            return self._runner
        await self._stop()
        self._runner = await Runner.start(shape)
        return self._runner

    async def _verified(self) -> Path:
        try:
            return await asyncio.to_thread(self._verify)
        except StackError as error:
            raise RequestError(500, str(error)) from error

    def _keep(self, request: Request) -> None:
        """Unload the model later, unless another request has come by then."""
        if self._runner is None:
            return
        if request.keep_alive is not None:
            self._keep_alive = request.keep_alive
        self._expires_at = _after(self._keep_alive)
        if self._keep_alive != FOREVER:
            self._expiry = asyncio.create_task(self._expire(self._keep_alive))

    async def _expire(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
        await self.unload()

    async def _stop(self) -> None:
        runner, self._runner = self._runner, None
        self._keep_alive = KEEP_ALIVE_SECONDS
        if runner is not None:
            await runner.stop()


def _after(seconds: float) -> str:
    if seconds == FOREVER:
        return NEVER
    return (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat()

"""Query vectors in Redis, shared by all API processes; never waited for longer than a moment."""

import asyncio
import struct
import time
from collections.abc import Awaitable
from typing import Any

import redis.asyncio
import structlog
from redis.exceptions import RedisError

from shared.config import Settings
from shared.domain.embedding.vectors import Vector
from shared.domain.resilience.breaker import Breaker

TIMEOUT_SECONDS = 0.05
PREFIX = "inkdex:query:"

log = structlog.get_logger()


class RedisQueryCache:
    """A table of a fixed number of places: what a place holds gives way to what comes to it.

    A place keeps the whole hash beside the vector, as 32-bit floats, so another query's is never
    taken for ours. While Redis is away or slow nothing is found, and seldom asked.
    """

    def __init__(self, settings: Settings) -> None:
        self._places = settings.query_cache_shared_entries
        self._keep_seconds = int(settings.query_cache_keep_hours * 3600)
        self._breaker = Breaker()
        self._client = redis.asyncio.Redis.from_url(
            settings.redis_url.get_secret_value(),
            socket_connect_timeout=TIMEOUT_SECONDS,
            socket_timeout=TIMEOUT_SECONDS,
            retry=None,
        )

    async def get(self, key: bytes) -> Vector | None:
        """Return the vector that was put under this hash, if it is still there."""
        if not self._usable:
            return None
        stored = await self._in_time(self._client.get(self._place(key)))
        if not isinstance(stored, bytes) or not stored.startswith(key):
            return None
        packed = stored[len(key) :]
        return struct.unpack(f"<{len(packed) // 4}f", packed) if len(packed) % 4 == 0 else None

    async def put(self, key: bytes, vector: Vector) -> None:
        """Keep a vector under its hash for a while, if Redis will."""
        if self._usable:
            packed = struct.pack(f"<{len(vector)}f", *vector)
            await self._in_time(
                self._client.set(self._place(key), key + packed, ex=self._keep_seconds)
            )

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    @property
    def _usable(self) -> bool:
        return self._places > 0 and self._breaker.allows(time.monotonic())

    def _place(self, key: bytes) -> str:
        return f"{PREFIX}{int.from_bytes(key[:8], 'big') % self._places}"

    async def _in_time(self, command: Awaitable[Any]) -> object:
        """Return what Redis answers, None if it doesn't in time."""
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                answer: object = await command
        except (RedisError, OSError, TimeoutError) as error:
            if self._breaker.closed:
                log.warning("query_cache.unavailable", detail=type(error).__name__)
            self._breaker.record_failure(time.monotonic(), "unreachable")
            return None
        self._breaker.record_success()
        return answer

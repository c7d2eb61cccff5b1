"""A cache of query vectors in Redis, shared by all API processes, with a short time limit."""

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
    """Implements `shared.ports.model.QueryCache` as a hash table with a fixed number of slots.

    A new entry replaces the one in its slot. Each slot holds the whole hash before the vector of
    32-bit floats, so that the entry of another query is never returned. While Redis is down or
    slow, nothing is found and a breaker limits the attempts.
    """

    def __init__(self, settings: Settings) -> None:
        self._slots = settings.query_cache_shared_entries
        self._keep_seconds = int(settings.query_cache_keep_hours * 3600)
        self._breaker = Breaker()
        self._client = redis.asyncio.Redis.from_url(
            settings.redis_url.get_secret_value(),
            socket_connect_timeout=TIMEOUT_SECONDS,
            socket_timeout=TIMEOUT_SECONDS,
            retry=None,
        )

    async def get(self, key: bytes) -> Vector | None:
        if not self._usable:
            return None
        stored = await self._in_time(self._client.get(self._slot(key)))
        if not isinstance(stored, bytes) or not stored.startswith(key):
            return None
        packed = stored[len(key) :]
        return struct.unpack(f"<{len(packed) // 4}f", packed) if len(packed) % 4 == 0 else None

    async def put(self, key: bytes, vector: Vector) -> None:
        if self._usable:
            packed = struct.pack(f"<{len(vector)}f", *vector)
            await self._in_time(
                self._client.set(self._slot(key), key + packed, ex=self._keep_seconds)
            )

    async def close(self) -> None:
        await self._client.aclose()

    @property
    def _usable(self) -> bool:
        return self._slots > 0 and self._breaker.allows(time.monotonic())

    def _slot(self, key: bytes) -> str:
        return f"{PREFIX}{int.from_bytes(key[:8], 'big') % self._slots}"

    async def _in_time(self, command: Awaitable[Any]) -> object:
        """Return Redis's answer, or None if it fails or takes too long."""
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

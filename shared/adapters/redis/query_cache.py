"""A cache of query vectors in Redis, shared by all API processes, with a short time limit."""

import struct

from shared.adapters.redis.timed_client import RedisUnavailable, TimedRedis
from shared.config import Settings
from shared.domain.embedding.vectors import Vector

TIMEOUT_SECONDS = 0.05
PREFIX = "inkdex:query:"


class RedisQueryCache:
    """Implements `shared.ports.model.QueryCache` as a hash table with a fixed number of slots.

    A new entry replaces the one in its slot. Each slot holds the whole hash before the vector of
    32-bit floats, so that the entry of another query is never returned. While Redis is down or
    slow, nothing is found and a breaker limits the attempts.
    """

    def __init__(self, settings: Settings) -> None:
        self._slots = settings.query_cache_shared_entries
        self._keep_seconds = int(settings.query_cache_keep_hours * 3600)
        self._client = TimedRedis(settings, TIMEOUT_SECONDS, "query_cache.unavailable")

    async def get(self, key: bytes) -> Vector | None:
        stored = await self._ask("GET", key)
        if not isinstance(stored, bytes) or not stored.startswith(key):
            return None
        packed = stored[len(key) :]
        return struct.unpack(f"<{len(packed) // 4}f", packed) if len(packed) % 4 == 0 else None

    async def put(self, key: bytes, vector: Vector) -> None:
        packed = struct.pack(f"<{len(vector)}f", *vector)
        await self._ask("SET", key, key + packed, "EX", self._keep_seconds)

    async def close(self) -> None:
        await self._client.close()

    async def _ask(self, command: str, key: bytes, *arguments: str | bytes | int) -> object:
        """Return Redis's answer about a key's slot, or None if there is none."""
        if not self._slots:
            return None
        try:
            answer: object = await self._client.ask(command, self._slot(key), *arguments)
        except RedisUnavailable:
            return None
        return answer

    def _slot(self, key: bytes) -> str:
        return f"{PREFIX}{int.from_bytes(key[:8], 'big') % self._slots}"

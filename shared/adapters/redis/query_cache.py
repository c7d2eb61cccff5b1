"""A cache of query vectors in Redis, shared by all API processes, with a short time limit."""

import struct

from shared.adapters.redis.slot_table import SlotTable
from shared.adapters.redis.timed_client import TimedRedis
from shared.config import Settings
from shared.domain.embedding.vectors import Vector

TIMEOUT_SECONDS = 0.05
PREFIX = "inkdex:query:"


class RedisQueryCache:
    """Implements `shared.ports.model.QueryCache`. An entry is a vector of 32-bit floats."""

    def __init__(self, settings: Settings) -> None:
        self._table = SlotTable(
            TimedRedis(settings, TIMEOUT_SECONDS, "query_cache.unavailable"),
            PREFIX,
            settings.query_cache_shared_entries,
            settings.query_cache_keep_hours,
        )

    async def get(self, key: bytes) -> Vector | None:
        packed = await self._table.get(key)
        if packed is None or len(packed) % 4:
            return None
        return struct.unpack(f"<{len(packed) // 4}f", packed)

    async def put(self, key: bytes, vector: Vector) -> None:
        await self._table.put(key, struct.pack(f"<{len(vector)}f", *vector))

    async def close(self) -> None:
        await self._table.close()

"""A hash table in Redis with a fixed number of slots, shared by all API processes."""

from shared.adapters.redis.timed_client import RedisUnavailable, TimedRedis


class SlotTable:
    """Keeps an entry for each hash. A new one replaces the one in its slot.

    Each slot holds the whole hash before the entry, so that the entry of another one is never
    returned. While Redis is down or slow, nothing is found and a breaker limits the attempts.
    """

    def __init__(self, client: TimedRedis, prefix: str, slots: int, keep_hours: float) -> None:
        self._client = client
        self._prefix = prefix
        self._slots = slots
        self._keep_seconds = int(keep_hours * 3600)

    async def get(self, key: bytes) -> bytes | None:
        """Return the entry of a hash, or None if it is not found at once; never raises."""
        stored = await self._ask("GET", key)
        if not isinstance(stored, bytes) or not stored.startswith(key):
            return None
        return stored[len(key) :]

    async def put(self, key: bytes, entry: bytes) -> None:
        """Keep an entry if possible; never raises."""
        await self._ask("SET", key, key + entry, "EX", self._keep_seconds)

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
        return f"{self._prefix}{int.from_bytes(key[:8], 'big') % self._slots}"

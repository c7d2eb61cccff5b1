"""Whether Redis answers."""

import redis.asyncio

from shared.config import Settings


class RedisHealth:
    """Redis, for readiness and statistics."""

    def __init__(self, settings: Settings) -> None:
        self._client = redis.asyncio.Redis.from_url(
            settings.redis_url.get_secret_value(),
            socket_connect_timeout=settings.redis_connect_timeout_seconds,
            socket_timeout=settings.redis_timeout_seconds,
            retry=None,
        )

    async def check(self) -> None:
        """Raise unless Redis answers a ping."""
        await self._client.ping()

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

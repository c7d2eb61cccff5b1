"""The health check of Redis."""

import redis.asyncio
from redis import exceptions

from shared.config import Settings
from shared.domain.errors import BrokerUnavailable

_MEANINGS: tuple[tuple[type[Exception], str], ...] = (
    (exceptions.AuthenticationError, "refuses the password of REDIS_URL"),
    (exceptions.BusyLoadingError, "is loading its data"),
    (exceptions.MaxConnectionsError, "accepts no more connections"),
    (exceptions.ResponseError, "answers with an error"),
    (exceptions.RedisError, "does not answer"),
    (OSError, "does not answer"),
)


class RedisHealth:
    """Implements `shared.ports.health.HealthCheck`."""

    def __init__(self, settings: Settings) -> None:
        self._client = redis.asyncio.Redis.from_url(
            settings.redis_url.get_secret_value(),
            socket_connect_timeout=settings.redis_connect_timeout_seconds,
            socket_timeout=settings.redis_timeout_seconds,
            retry=None,
        )

    async def check(self) -> None:
        try:
            await self._ping()
        except (exceptions.RedisError, OSError) as error:
            meaning = next(text for kind, text in _MEANINGS if isinstance(error, kind))
            raise BrokerUnavailable(meaning) from error

    async def close(self) -> None:
        await self._client.aclose()

    async def _ping(self) -> None:
        try:
            await self._client.ping()
        except exceptions.ConnectionError:
            # Redis restarted since the last check, and the connection was from before.
            await self._client.ping()

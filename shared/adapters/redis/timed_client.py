"""A client of Redis that never makes a request wait for long."""

import asyncio
import time
from typing import Any

import redis.asyncio
import structlog
from redis.exceptions import RedisError

from shared.config import Settings
from shared.domain.resilience.breaker import Breaker

log = structlog.get_logger()


class RedisUnavailable(Exception):
    """Redis failed, took too long, or did so recently."""


class TimedRedis:
    """Sends commands with a time limit. While Redis fails, a breaker limits the attempts.

    The first failure is logged as the event `unavailable`.
    """

    def __init__(self, settings: Settings, seconds: float, unavailable: str) -> None:
        self._seconds = seconds
        self._unavailable = unavailable
        self._breaker = Breaker()
        self._client = redis.asyncio.Redis.from_url(
            settings.redis_url.get_secret_value(),
            socket_connect_timeout=seconds,
            socket_timeout=seconds,
            retry=None,
        )

    async def ask(self, *command: str | bytes | int) -> Any:  # noqa: ANN401 - Redis's answer
        """Return the answer to a command; raises RedisUnavailable."""
        if not self._breaker.allows(time.monotonic()):
            raise RedisUnavailable
        try:
            async with asyncio.timeout(self._seconds):
                answer = await self._client.execute_command(*command)  # type: ignore[no-untyped-call]
        except (RedisError, OSError, TimeoutError) as error:
            if self._breaker.closed:
                log.warning(self._unavailable, detail=type(error).__name__)
            self._breaker.record_failure(time.monotonic(), "unreachable")
            raise RedisUnavailable from error
        self._breaker.record_success()
        return answer

    async def close(self) -> None:
        await self._client.aclose()

"""The health check of Redis."""

from collections.abc import Mapping
from typing import Any

import redis.asyncio
from redis import exceptions

from shared.adapters.redis.server_mode import require_one_server
from shared.config import Settings
from shared.domain.documents.document import Lane
from shared.domain.errors import BrokerUnavailable

_MEANINGS: tuple[tuple[type[Exception], str], ...] = (
    (exceptions.AuthenticationError, "refuses the user or the password of REDIS_URL"),
    (exceptions.NoPermissionError, "refuses the user of REDIS_URL a command"),
    (exceptions.BusyLoadingError, "is loading its data"),
    (exceptions.MaxConnectionsError, "accepts no more connections"),
    (exceptions.ReadOnlyError, "is a replica, which takes no messages"),
    (exceptions.ResponseError, "answers with an error"),
    (exceptions.RedisError, "does not answer"),
    (OSError, "does not answer"),
)
_MEANINGS_OF_TLS = {
    "CERTIFICATE IS NOT VALID FOR": "has a certificate for another name than the host of REDIS_URL",
    "CERTIFICATE_VERIFY_FAILED": "has a certificate that cannot be verified; name its authority in "
    "REDIS_URL",
    "CERTIFICATE REQUIRED": "wants a client certificate; name it in REDIS_URL",
}
_NEEDED: tuple[tuple[str | int, ...], ...] = (
    ("DEL", "inkdex:right"),
    ("EVAL", "return 1", 1, "inkdex:right"),
    *(("LTRIM", lane, 0, -1) for lane in Lane),
    ("HDEL", "unacked", ""),
    ("SREM", "_kombu.binding.right", ""),
    ("LLEN", "right.celery.pidbox"),
)
"""Commands that change nothing, on each kind of key that Inkdex and Celery use."""


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
        """Raise BrokerUnavailable, or UnsupportedServer if it is a cluster or a sentinel."""
        try:
            await self._ping()
            require_one_server(await self._mode())
            await self._require_rights()
        except (exceptions.RedisError, OSError) as error:
            raise BrokerUnavailable(_meaning(error)) from error

    async def close(self) -> None:
        await self._client.aclose()

    async def _ping(self) -> None:
        try:
            await self._client.ping()
        except exceptions.ConnectionError:
            # Redis restarted since the last check, and the connection was from before.
            await self._client.ping()

    async def _require_rights(self) -> None:
        for command in _NEEDED:
            try:
                await self._client.execute_command(*command)  # type: ignore[no-untyped-call]
            except exceptions.NoPermissionError as error:
                name, key = command[0], command[3 if command[0] == "EVAL" else 1]
                raise BrokerUnavailable(
                    f"refuses the user of REDIS_URL the command {name} or keys like {key}; "
                    "docs/operations.md has the line for its ACL"
                ) from error

    async def _mode(self) -> Mapping[str, Any]:
        """Return what INFO says of the server; nothing if the user may not read it."""
        try:
            info: Mapping[str, Any] = await self._client.info("server")
        except exceptions.NoPermissionError:
            return {}
        return info


def _meaning(error: Exception) -> str:
    for sign, text in _MEANINGS_OF_TLS.items():
        if sign in str(error).upper():
            return text
    return next(text for kind, text in _MEANINGS if isinstance(error, kind))

"""Recognizes Redis Cluster and Sentinel, which the broker's transport cannot use."""

from collections.abc import Mapping
from typing import Any

import redis
from redis.exceptions import RedisError

from shared.config import Settings

UNSUPPORTED = {"cluster": "Redis Cluster", "sentinel": "Redis Sentinel"}


class UnsupportedServer(Exception):
    """The server runs in a mode that Inkdex does not support."""


def require_one_server(info: Mapping[str, Any]) -> None:
    """Raise UnsupportedServer if the answer to INFO is that of a cluster or a sentinel."""
    mode = str(info.get("redis_mode") or info.get("server_mode") or "")
    if mode in UNSUPPORTED:
        raise UnsupportedServer(
            f"REDIS_URL leads to {UNSUPPORTED[mode]}, which Inkdex does not support. "
            "Use one Redis or Valkey server. It stores nothing durable."
        )


def check_at_start(settings: Settings) -> None:
    """Raise UnsupportedServer. A server that does not answer, or refuses INFO, is accepted."""
    url = settings.redis_url.get_secret_value()
    timeout = settings.redis_connect_timeout_seconds
    with redis.Redis.from_url(
        url, socket_timeout=timeout, socket_connect_timeout=timeout, retry=None
    ) as client:
        try:
            info = client.info("server")
        except (RedisError, OSError):
            return
    require_one_server(info)

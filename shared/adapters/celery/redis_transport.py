"""Kombu's Redis transport, fixed for a crash of Redis that would end a worker.

If Redis dies while a channel is being set up, Kombu's look-up of the connection's parameters
raises AttributeError, which nothing treats as an outage. Kombu recovers from a ConnectionError.
"""

from typing import Any

import redis
from kombu.transport import redis as kombu_redis


class Channel(kombu_redis.Channel):
    """A channel that raises redis.ConnectionError if its connection is gone."""

    def _connparams(self, asynchronous: bool = False) -> dict[str, Any]:  # noqa: FBT001, FBT002
        if getattr(self.connection, "client", None) is None:
            raise redis.ConnectionError("the connection to Redis is gone")
        parameters: dict[str, Any] = super()._connparams(asynchronous)  # type: ignore[no-untyped-call]
        return parameters


class Transport(kombu_redis.Transport):
    Channel = Channel

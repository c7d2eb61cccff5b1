"""Kombu's Redis transport, guarded where a crash of Redis could end a worker.

When Redis dies while a channel is being set up, the look-up of its connection's parameters
finds no connection and raises AttributeError, which no one takes for an outage. Kombu's own
recovery handles a ConnectionError there.
"""

from typing import Any

import redis
from kombu.transport import redis as kombu_redis


class Channel(kombu_redis.Channel):
    """A channel that says so when its connection is gone."""

    def _connparams(self, asynchronous: bool = False) -> dict[str, Any]:  # noqa: FBT001, FBT002
        if getattr(self.connection, "client", None) is None:
            raise redis.ConnectionError("the connection to Redis is gone")
        parameters: dict[str, Any] = super()._connparams(asynchronous)  # type: ignore[no-untyped-call]
        return parameters


class Transport(kombu_redis.Transport):
    """The transport of guarded channels."""

    Channel = Channel

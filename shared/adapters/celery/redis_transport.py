"""Kombu's Redis transport, fixed for crashes of Redis and for messages that are no tasks.

Both would end a worker. If Redis dies while a channel is being set up, Kombu's look-up of the
connection's parameters raises AttributeError, which nothing treats as an outage. Kombu recovers
from a ConnectionError. A message that Kombu or Celery cannot read is rejected and logged.
"""

from collections.abc import Callable
from queue import Empty
from typing import Any

import redis
import structlog
from kombu.message import Message
from kombu.transport import redis as kombu_redis
from kombu.utils.encoding import bytes_to_str
from kombu.utils.json import loads

from shared.adapters.celery.messages import MessageRejected, check_envelope, check_task
from shared.domain.documents.document import Lane

log = structlog.get_logger()

OUTAGES = (redis.RedisError, OSError, Empty)
"""Errors of the connection, and Kombu's sign that there is no message."""


class QoS(kombu_redis.QoS):
    """The messages that are not acknowledged yet."""

    def restore_by_tag(self, tag: str, client: object = None, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - as in Kombu
        try:
            super().restore_by_tag(tag, client, *args, **kwargs)  # type: ignore[no-untyped-call]
        except OUTAGES:
            raise
        except Exception as error:  # noqa: BLE001 - the entry may be anything
            _log_rejected(self.unacked_key, error)
            self._remove_from_indices(tag).execute()  # type: ignore[no-untyped-call]


class Channel(kombu_redis.Channel):
    """A channel that survives a lost connection and unreadable messages."""

    QoS = QoS

    def basic_consume(
        self,
        queue: str,
        no_ack: bool,  # noqa: FBT001 - as in Kombu
        callback: Callable[[Message], None],
        *args: Any,  # noqa: ANN401
        **kwargs: Any,  # noqa: ANN401
    ) -> Any:  # noqa: ANN401
        """Consume from a queue, and reject each message that `callback` cannot read."""

        def consume(message: Message) -> None:
            try:
                if queue in set(Lane):
                    check_task(message)
                callback(message)
            except OUTAGES:
                raise
            except Exception as error:  # noqa: BLE001 - the message may be anything
                _log_rejected(queue, error)
                if not no_ack:
                    self.basic_reject(message.delivery_tag, requeue=False)  # type: ignore[no-untyped-call]

        return super().basic_consume(queue, no_ack, consume, *args, **kwargs)  # type: ignore[no-untyped-call]

    def _brpop_read(self, **options: Any) -> Any:  # noqa: ANN401
        if self.client.connection is None:
            raise redis.ConnectionError("the connection to Redis is gone")
        try:
            return super()._brpop_read(**options)  # type: ignore[no-untyped-call]
        except OUTAGES:
            raise
        except Exception as error:  # noqa: BLE001 - the message may be anything
            _log_rejected("unknown", error)
            return True

    def _receive_one(self, subscription: Any) -> Any:  # noqa: ANN401
        try:
            return super()._receive_one(subscription)  # type: ignore[no-untyped-call]
        except OUTAGES:
            raise
        except Exception as error:
            _log_rejected("broadcast", error)
            raise Empty from error

    def _handle_message(self, client: Any, response: Any) -> Any:  # noqa: ANN401
        payload = super()._handle_message(client, response)  # type: ignore[no-untyped-call]
        # Kombu would log the contents of a message that it cannot read.
        if bytes_to_str(payload["type"]).endswith("message"):  # type: ignore[no-untyped-call]
            loads(bytes_to_str(payload["data"]))  # type: ignore[no-untyped-call]
        return payload

    def _connparams(self, asynchronous: bool = False) -> dict[str, Any]:  # noqa: FBT001, FBT002
        if getattr(self.connection, "client", None) is None:
            raise redis.ConnectionError("the connection to Redis is gone")
        parameters: dict[str, Any] = super()._connparams(asynchronous)  # type: ignore[no-untyped-call]
        return parameters


class Transport(kombu_redis.Transport):
    Channel = Channel

    def _deliver(self, message: object, queue: str) -> None:
        try:
            check_envelope(message)
            super()._deliver(message, queue)  # type: ignore[no-untyped-call]
        except OUTAGES:
            raise
        except Exception as error:  # noqa: BLE001 - the message may be anything
            _log_rejected(queue, error)


def _log_rejected(queue: str, error: Exception) -> None:
    """Log why a message was rejected. The messages of other errors may quote its contents."""
    known = isinstance(error, MessageRejected)
    log.warning(
        "message.rejected", queue=queue, reason=str(error) if known else type(error).__name__
    )

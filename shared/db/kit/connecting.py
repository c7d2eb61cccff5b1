"""Connecting: what a refusal means, what became of the last attempt, whether one is closed."""

import re
import select
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Self

import psycopg
from psycopg.rows import DictRow

_REFUSALS = {
    "does not match host name": "PostgreSQL has a certificate for another name than the host of "
    "its URL.",
    "certificate verify failed": "PostgreSQL has a certificate that cannot be verified. Name its "
    "authority in the URL: sslrootcert=/path/ca.pem.",
    "root certificate": "The certificates to verify that of PostgreSQL cannot be read. Name them "
    "in the URL: sslrootcert=/path/ca.pem, or sslrootcert=system.",
    "server does not support SSL": "PostgreSQL has no TLS, which sslmode in its URL asks for.",
    "valid client certificate|alert certificate required": "PostgreSQL wants a client certificate. "
    "Name it in the URL: sslcert=/path/client.pem&sslkey=/path/client.key.",
    "alert (unknown ca|bad certificate|decrypt error)": "PostgreSQL does not know the authority of "
    "the client certificate.",
    "certificate file|private key file": "The file of sslcert or sslkey in the URL of PostgreSQL "
    "cannot be used. Only its owner may read the key.",
    "no password supplied": "PostgreSQL wants a password, and its URL has none.",
    "authentication failed|role .* does not exist|not permitted to log in": "PostgreSQL refuses "
    "the user, the password or the client certificate of its URL.",
    "permission denied for database": "PostgreSQL does not let the user connect to the database.",
    "no pg_hba.conf entry": "PostgreSQL accepts no such connection. It may want TLS: "
    "sslmode=verify-full in its URL.",
    "database .* does not exist": "PostgreSQL does not have the database of its URL.",
    "unsupported startup parameter": "A connection pooler refuses the session settings. Set "
    "DATABASE_DIRECT_URL to the database's own address, or to none.",
    "could not translate host name": "The host of PostgreSQL's URL has no address.",
    "too many (clients|connections)|remaining connection slots": "PostgreSQL accepts no more "
    "connections.",
}


def refusal(error: Exception) -> str | None:
    """Return what the message of a failed connection means, or None if that is unknown."""
    message = str(error)
    return next((known for text, known in _REFUSALS.items() if re.search(text, message)), None)


class LastAttempt:
    """What became of a pool's last attempt to connect."""

    refusal: str | None = None
    """Why it was refused, if it was and the reason is known."""

    @contextmanager
    def noted(self) -> Iterator[None]:
        """Note whether PostgreSQL refuses what the block connects."""
        try:
            yield
        except psycopg.OperationalError as error:
            self.refusal = refusal(error)
            raise
        self.refusal = None


class NotedConnection(psycopg.Connection[DictRow]):
    """A connection of a pool, whose options have the pool's `attempt`."""

    @classmethod
    def connect(cls, conninfo: str = "", **options: Any) -> Self:  # noqa: ANN401 - as in psycopg
        attempt: LastAttempt = options.pop("attempt")
        with attempt.noted():
            return super().connect(conninfo, **options)


class NotedAsyncConnection(psycopg.AsyncConnection[DictRow]):
    """The same for the API."""

    @classmethod
    async def connect(cls, conninfo: str = "", **options: Any) -> Self:  # noqa: ANN401 - as in psycopg
        attempt: LastAttempt = options.pop("attempt")
        with attempt.noted():
            return await super().connect(conninfo, **options)


def raise_if_closed(connection: psycopg.Connection[Any] | psycopg.AsyncConnection[Any]) -> None:
    """Raise OperationalError if the server closed an idle connection. Needs no round trip.

    On an idle connection, readable bytes mean that the server closed it.
    """
    poller = select.poll()
    poller.register(connection.pgconn.socket, select.POLLIN | select.POLLHUP)
    if poller.poll(0):
        connection.pgconn.consume_input()
        if connection.pgconn.status != psycopg.pq.ConnStatus.OK:
            raise psycopg.OperationalError("the server closed the connection")


async def raise_if_closed_async(connection: psycopg.AsyncConnection[Any]) -> None:
    raise_if_closed(connection)

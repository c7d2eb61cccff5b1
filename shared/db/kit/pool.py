"""Pools of connections: asynchronous for the API, synchronous for a worker's threads.

Connections are in autocommit. Work that must be atomic is one statement or an explicit
transaction. If the database does not answer, DatabaseUnavailable is raised.
"""

import select
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import psycopg
from psycopg.errors import ProgramLimitExceeded, QueryCanceled
from psycopg.rows import DictRow
from psycopg_pool import AsyncConnectionPool, ConnectionPool, PoolTimeout

from shared.config import Settings
from shared.db.kit.session import connection_options
from shared.domain.errors import DatabaseTimeout, DatabaseUnavailable

AsyncConnection = psycopg.AsyncConnection[DictRow]
Connection = psycopg.Connection[DictRow]

_OUTAGES = (psycopg.OperationalError, psycopg.InterfaceError, PoolTimeout)


class AsyncDatabase:
    """The API's connections."""

    def __init__(self, settings: Settings) -> None:
        self._options = connection_options(settings)
        self._timeout = settings.database_connect_timeout_seconds
        self._pool = AsyncConnectionPool(
            open=False,
            check=_check_async,
            max_size=settings.database_pool_size,
            **_pool_options(settings, min_size=min(4, settings.database_pool_size)),
        )

    async def open(self) -> None:
        """Start connecting, without waiting for the database."""
        await self._pool.open()

    async def notifications(self, channel: str) -> AsyncIterator[None]:
        """Yield at each notification on a channel, from a connection outside the pool.

        Raises DatabaseUnavailable when the connection cannot be made or breaks.
        """
        with _as_unavailable():
            async with await psycopg.AsyncConnection.connect(**self._options) as connection:
                await connection.execute(f"LISTEN {channel}")
                async for _ in connection.notifies():
                    yield

    async def close(self) -> None:
        await self._pool.close()

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[AsyncConnection]:
        """Lend a connection. Raises DatabaseUnavailable if there is none or it breaks."""
        with _as_unavailable():
            async with self._pool.connection(self._timeout) as connection:
                yield connection


class Database:
    """A worker's connections, safe to share between its threads."""

    def __init__(self, settings: Settings) -> None:
        self._timeout = settings.database_connect_timeout_seconds
        self._pool = ConnectionPool(
            open=False,
            check=_check,
            max_size=settings.worker_threads + 5,
            **_pool_options(settings, min_size=1),
        )

    def open(self) -> None:
        """Start connecting, without waiting for the database."""
        self._pool.open()

    def close(self) -> None:
        self._pool.close()

    @contextmanager
    def connection(self) -> Iterator[Connection]:
        """Lend a connection. Raises DatabaseUnavailable if there is none or it breaks."""
        with _as_unavailable(), self._pool.connection(self._timeout) as connection:
            yield connection

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Lend a connection in a transaction of its own."""
        with self.connection() as connection, connection.transaction():
            yield connection


def _pool_options(settings: Settings, *, min_size: int) -> dict[str, Any]:
    options = connection_options(settings)
    return {
        "conninfo": options.pop("conninfo"),
        "kwargs": options,
        "min_size": min_size,
        "reconnect_timeout": 5,
        "name": "inkdex",
    }


def _raise_if_closed(connection: psycopg.Connection[Any] | psycopg.AsyncConnection[Any]) -> None:
    """Raise OperationalError if the server closed an idle connection. Needs no round trip.

    On an idle connection, readable bytes mean that the server closed it.
    """
    poller = select.poll()
    poller.register(connection.pgconn.socket, select.POLLIN | select.POLLHUP)
    if poller.poll(0):
        connection.pgconn.consume_input()
        if connection.pgconn.status != psycopg.pq.ConnStatus.OK:
            raise psycopg.OperationalError("the server closed the connection")


async def _check_async(connection: psycopg.AsyncConnection[Any]) -> None:
    _raise_if_closed(connection)


def _check(connection: psycopg.Connection[Any]) -> None:
    _raise_if_closed(connection)


@contextmanager
def _as_unavailable() -> Iterator[None]:
    try:
        yield
    except ProgramLimitExceeded:
        raise  # an error of the statement, although psycopg counts it as operational
    except QueryCanceled as error:
        raise DatabaseTimeout("a statement took longer than its time limit") from error
    except _OUTAGES as error:
        message = str(error) or type(error).__name__
        raise DatabaseUnavailable(message.splitlines()[0]) from error

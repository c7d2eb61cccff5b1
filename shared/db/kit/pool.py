"""Pools of connections, one for each kind of process.

Every statement runs in autocommit: what must be atomic is one statement, or an explicit
transaction. Whatever the database can't do now surfaces as DatabaseUnavailable.
"""

import select
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import psycopg
from psycopg.errors import ProgramLimitExceeded
from psycopg.rows import DictRow, dict_row
from psycopg_pool import AsyncConnectionPool, ConnectionPool, PoolTimeout

from shared.config import Settings
from shared.domain.errors import DatabaseUnavailable

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
        """Close every connection."""
        await self._pool.close()

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[AsyncConnection]:
        """Lend a connection; raises DatabaseUnavailable when there is none or it breaks."""
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
            max_size=settings.worker_threads + 4,
            **_pool_options(settings, min_size=1),
        )

    def open(self) -> None:
        """Start connecting, without waiting for the database."""
        self._pool.open()

    def close(self) -> None:
        """Close every connection."""
        self._pool.close()

    @contextmanager
    def connection(self) -> Iterator[Connection]:
        """Lend a connection; raises DatabaseUnavailable when there is none or it breaks."""
        with _as_unavailable(), self._pool.connection(self._timeout) as connection:
            yield connection

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Lend a connection in a transaction of its own."""
        with self.connection() as connection, connection.transaction():
            yield connection


def connection_options(settings: Settings) -> dict[str, Any]:
    """Return what every connection is opened with, the pooled ones and the listener's."""
    session = {
        "statement_timeout": int(settings.database_timeout_seconds * 1000),
        # A process that is stopped inside a transaction must not lock the others out for long.
        "idle_in_transaction_session_timeout": 3000,
        # What a text is taken for whose metadata names no language.
        "default_text_search_config": f"pg_catalog.{settings.text_language}",
        # Read where a model's index is made.
        "inkdex.hnsw_m": settings.hnsw_m,
        "inkdex.hnsw_ef_construction": settings.hnsw_ef_construction,
        "hnsw.ef_search": settings.hnsw_ef_search,
        # The index is searched on past hits that a filter rejects, until there are enough.
        # In strict order it would drop the nearer ones that it comes across late: of the nearest
        # ten under a filter of 1% it then found 0.74, relaxed 1.00. Searches sort what it gives.
        "hnsw.iterative_scan": "relaxed_order",
        "hnsw.max_scan_tuples": 200_000,
        "hnsw.scan_mem_multiplier": 8,
    }
    return {
        "conninfo": settings.database_url.get_secret_value(),
        "connect_timeout": max(2, int(settings.database_connect_timeout_seconds)),
        "application_name": "inkdex",
        "autocommit": True,
        "row_factory": dict_row,
        "options": " ".join(f"-c {name}={value}" for name, value in session.items()),
    }


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
    """Notice a server that closed an idle connection, without a round trip.

    Nothing is due to arrive on an idle connection except its end.
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
        raise  # what was asked can't be done, however well the server is
    except _OUTAGES as error:
        said = str(error) or type(error).__name__
        raise DatabaseUnavailable(said.splitlines()[0]) from error

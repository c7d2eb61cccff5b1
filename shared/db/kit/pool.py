"""Pools of connections: asynchronous for the API, synchronous for a worker's threads.

Connections are in autocommit. Work that must be atomic is one statement or an explicit
transaction. If the database does not answer, DatabaseUnavailable is raised.
"""

import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from typing import LiteralString

import psycopg
from psycopg.rows import DictRow
from psycopg_pool import AsyncConnectionPool, ConnectionPool

from shared.config import Settings
from shared.db.kit.connecting import (
    LastAttempt,
    NotedAsyncConnection,
    NotedConnection,
    raise_if_closed,
    raise_if_closed_async,
)
from shared.db.kit.fair_turns import FairTurns
from shared.db.kit.line import Line
from shared.db.kit.notifications import Notifications
from shared.db.kit.outages import WHY_READ_ONLY, as_unavailable
from shared.db.kit.schema import SCHEMA_ERRORS, Schema, read_schema, read_schema_async, require_utf8
from shared.db.kit.session import (
    Setting,
    pool_options,
    session_options,
    settings_of_a_loan,
)
from shared.domain.database_errors import DatabaseReadOnly, StorageFull, WritesRefused
from shared.domain.errors import TooBusy
from shared.domain.operations.pool_use import PoolUse
from shared.domain.refs import Tenant

AsyncConnection = psycopg.AsyncConnection[DictRow]
Connection = psycopg.Connection[DictRow]

SNAPSHOT: LiteralString = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"
FENCE: LiteralString = "SELECT set_config('inkdex.tenant', %s, true)"
EVERY_TENANT = "*"
"""No tenant has this name."""
COSTLY_PART = 4
"""Costly work has one of COSTLY_PART connections. The others are for short requests."""
COSTLY_WAIT_SECONDS = 20.0
REFUSAL_SECONDS = 15.0
"""How long a refused write shows in the status of the database."""


class AsyncDatabase:
    """The API's connections."""

    def __init__(self, settings: Settings) -> None:
        self.notifications = Notifications(settings)
        self._settings_of_a_loan = settings_of_a_loan(settings)
        self._fits = False
        self._refusal: WritesRefused | None = None
        self._refused_at = float("-inf")
        self._line = Line(settings.database_pool_size, settings.database_connect_timeout_seconds)
        self._costly = FairTurns(max(1, settings.database_pool_size // COSTLY_PART))
        self._attempt = LastAttempt()
        self._require: Callable[[AsyncConnection], Awaitable[None]] | None = None
        self._pool = AsyncConnectionPool(
            connection_class=NotedAsyncConnection,
            open=False,
            configure=self._require_of_new,
            check=raise_if_closed_async,
            max_size=settings.database_pool_size,
            **pool_options(settings, self._attempt, min_size=min(4, settings.database_pool_size)),
        )

    def require(self, check: Callable[[AsyncConnection], Awaitable[None]]) -> None:
        """Use only those new connections for which the check raises nothing.

        Behind a pooler, check each loan: the server's connection may be new at any time.
        """
        self._require = check

    async def _require_of_new(self, connection: AsyncConnection) -> None:
        if self._require is not None:
            await self._require(connection)

    def pool_use(self) -> PoolUse:
        """Return how much of the pool is in use now."""
        found = self._pool.get_stats()
        idle = found["pool_available"]
        return PoolUse(found["pool_size"] - idle, idle, self._line.waiting)

    async def open(self) -> None:
        """Start connecting, without waiting for the database."""
        await self._pool.open()

    async def close(self) -> None:
        await self._pool.close()

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[AsyncConnection]:
        """Lend a connection. Raises DatabaseUnavailable if there is none or it breaks.

        Behind a connection pooler, the loan is one transaction.
        """
        async with self._lent(self._settings_of_a_loan) as connection:
            yield connection

    @asynccontextmanager
    async def fenced(self, tenants: str) -> AsyncIterator[AsyncConnection]:
        """Lend a connection in a transaction that sees the keys and the audit of one tenant.

        Others see none. EVERY_TENANT stands for all of them.
        """
        async with self._lent([(FENCE, [tenants]), *self._settings_of_a_loan]) as connection:
            yield connection

    @asynccontextmanager
    async def _lent(self, first: Sequence[Setting]) -> AsyncIterator[AsyncConnection]:
        try:
            async with self._checked(first) as connection:
                yield connection
        except DatabaseReadOnly as error:
            raise self._refused(await self._why_read_only()) from error
        except WritesRefused as error:
            raise self._refused(error) from error.__cause__

    @asynccontextmanager
    async def costly_connection(self, tenant: Tenant) -> AsyncIterator[AsyncConnection]:
        """Lend one of the few connections for work that takes much processor time.

        Tenants have them in turn. Raises DatabaseUnavailable, and TooBusy after a while.
        """
        async with self.costly_turn(tenant), self.connection() as connection:
            yield connection

    @asynccontextmanager
    async def costly_snapshot(self, tenant: Tenant) -> AsyncIterator[AsyncConnection]:
        """Lend one of them, whose statements all see the same state and change nothing."""
        async with self.costly_turn(tenant), self.snapshot() as connection:
            yield connection

    @asynccontextmanager
    async def costly_turn(self, tenant: Tenant) -> AsyncIterator[None]:
        """Reserve one of those connections, for costly work before it; raises TooBusy."""
        async with AsyncExitStack() as held:
            try:
                await held.enter_async_context(self._costly.turn(tenant, COSTLY_WAIT_SECONDS))
            except TimeoutError:
                raise TooBusy("Too many large requests are running.") from None
            yield

    async def _why_read_only(self) -> WritesRefused:
        async with self._lend(self._settings_of_a_loan) as connection:
            full = await (await connection.execute(WHY_READ_ONLY)).fetchone()
        return StorageFull() if full and full["disk_full"] else DatabaseReadOnly()

    def _refused(self, refusal: WritesRefused) -> WritesRefused:
        self._refusal, self._refused_at = refusal, time.monotonic()
        return refusal

    @property
    def recent_refusal(self) -> WritesRefused | None:
        """Why a write was refused in the last REFUSAL_SECONDS, if one was."""
        return self._refusal if time.monotonic() - self._refused_at < REFUSAL_SECONDS else None

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[AsyncConnection]:
        """Lend a connection whose statements all see the same state and change nothing."""
        async with self._checked([(SNAPSHOT, None), *self._settings_of_a_loan]) as connection:
            yield connection

    async def schema(self) -> Schema:
        """Return the database's schema, whether or not it fits; raises DatabaseUnavailable."""
        async with self._lend(self._settings_of_a_loan) as connection:
            return await read_schema_async(connection)

    @asynccontextmanager
    async def _checked(self, first: Sequence[Setting]) -> AsyncIterator[AsyncConnection]:
        """Lend a connection to a database that fits this code; raises SchemaMismatch."""
        try:
            async with self._lend(first) as connection:
                if not self._fits:
                    (await read_schema_async(connection)).require()
                    self._fits = True
                yield connection
        except SCHEMA_ERRORS:
            (await self.schema()).require()
            raise

    @asynccontextmanager
    async def _lend(self, first: Sequence[Setting]) -> AsyncIterator[AsyncConnection]:
        """Lend a connection. `first` are the statements of a transaction, which needs them."""
        with as_unavailable(self._attempt):
            async with (
                self._line.turn() as seconds_left,
                self._pool.connection(seconds_left) as connection,
            ):
                require_utf8(connection)
                if not first:
                    yield connection
                    return
                async with connection.transaction():
                    for statement, parameters in first:
                        await connection.execute(statement, parameters)
                    if self._settings_of_a_loan:
                        await self._require_of_new(connection)
                    yield connection


class Database:
    """A worker's connections, safe to share between its threads."""

    def __init__(self, settings: Settings) -> None:
        self._options = session_options(settings)
        self._settings_of_a_loan = settings_of_a_loan(settings)
        self._fits = False
        self._timeout = settings.database_connect_timeout_seconds
        self._attempt = LastAttempt()
        self._pool = ConnectionPool(
            connection_class=NotedConnection,
            open=False,
            check=raise_if_closed,
            max_size=settings.batches_at_a_time + len(settings.embed_hosts) + 8,
            **pool_options(settings, self._attempt, min_size=1),
        )

    def pool_use(self) -> PoolUse:
        """Return how much of the pool is in use now."""
        found = self._pool.get_stats()
        idle = found["pool_available"]
        return PoolUse(found["pool_size"] - idle, idle, found["requests_waiting"])

    def open(self) -> None:
        """Start connecting, without waiting for the database."""
        self._pool.open()

    def close(self) -> None:
        self._pool.close()

    @contextmanager
    def connection(self) -> Iterator[Connection]:
        """Lend a connection. Raises DatabaseUnavailable if there is none or it breaks.

        Behind a connection pooler, the loan is one transaction.
        """
        try:
            with self._checked() as connection:
                yield connection
        except DatabaseReadOnly as error:
            with self._lend() as connection:
                full = connection.execute(WHY_READ_ONLY).fetchone()
            raise (StorageFull() if full and full["disk_full"] else error) from error

    @contextmanager
    def _checked(self) -> Iterator[Connection]:
        """Lend a connection to a database that fits this code; raises SchemaMismatch."""
        try:
            with self._lend() as connection:
                if not self._fits:
                    read_schema(connection).require()
                    self._fits = True
                yield connection
        except SCHEMA_ERRORS:
            with self._lend() as connection:
                read_schema(connection).require()
            raise

    @contextmanager
    def _lend(self) -> Iterator[Connection]:
        with as_unavailable(self._attempt), self._pool.connection(self._timeout) as connection:
            require_utf8(connection)
            if not self._settings_of_a_loan:
                yield connection
                return
            with connection.transaction():
                for statement, parameters in self._settings_of_a_loan:
                    connection.execute(statement, parameters)
                yield connection

    @contextmanager
    def session(self) -> Iterator[Connection]:
        """Open a connection outside the pool, for what cannot run in a transaction."""
        with as_unavailable(), psycopg.Connection[DictRow].connect(**self._options) as connection:
            yield connection

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Lend a connection in a transaction of its own."""
        with self.connection() as connection, connection.transaction():
            yield connection

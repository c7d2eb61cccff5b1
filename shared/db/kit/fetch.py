"""Run a statement and make an object of each row.

`make` is a class or a function whose parameters are the statement's columns.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from psycopg.rows import kwargs_row, scalar_row

from shared.db.kit.pool import AsyncConnection, Connection

T = TypeVar("T")

Parameters = Mapping[str, Any] | Sequence[Any] | None


def fetch_optional(
    connection: Connection, make: Callable[..., T], statement: str, parameters: Parameters = None
) -> T | None:
    """Return the statement's first row, or None."""
    with connection.cursor(row_factory=kwargs_row(make)) as cursor:
        return cursor.execute(statement, parameters).fetchone()


def fetch_all(
    connection: Connection, make: Callable[..., T], statement: str, parameters: Parameters = None
) -> list[T]:
    with connection.cursor(row_factory=kwargs_row(make)) as cursor:
        return cursor.execute(statement, parameters).fetchall()


def fetch_one(
    connection: Connection, make: Callable[..., T], statement: str, parameters: Parameters = None
) -> T:
    """Return the row of a statement that always returns one."""
    row = fetch_optional(connection, make, statement, parameters)
    assert row is not None, "the statement returned no row"
    return row


def fetch_value(connection: Connection, statement: str, parameters: Parameters = None) -> Any:  # noqa: ANN401 - the column's type
    """Return the only column of the only row."""
    with connection.cursor(row_factory=scalar_row) as cursor:
        return cursor.execute(statement, parameters).fetchone()


async def fetch_optional_async(
    connection: AsyncConnection,
    make: Callable[..., T],
    statement: str,
    parameters: Parameters = None,
) -> T | None:
    """Return the statement's first row, or None."""
    async with connection.cursor(row_factory=kwargs_row(make)) as cursor:
        await cursor.execute(statement, parameters)
        return await cursor.fetchone()


async def fetch_all_async(
    connection: AsyncConnection,
    make: Callable[..., T],
    statement: str,
    parameters: Parameters = None,
) -> list[T]:
    async with connection.cursor(row_factory=kwargs_row(make)) as cursor:
        await cursor.execute(statement, parameters)
        return await cursor.fetchall()


async def fetch_one_async(
    connection: AsyncConnection,
    make: Callable[..., T],
    statement: str,
    parameters: Parameters = None,
) -> T:
    """Return the row of a statement that always returns one."""
    row = await fetch_optional_async(connection, make, statement, parameters)
    assert row is not None, "the statement returned no row"
    return row


async def fetch_value_async(
    connection: AsyncConnection, statement: str, parameters: Parameters = None
) -> Any:  # noqa: ANN401 - the column's type
    """Return the only column of the only row."""
    async with connection.cursor(row_factory=scalar_row) as cursor:
        await cursor.execute(statement, parameters)
        return await cursor.fetchone()

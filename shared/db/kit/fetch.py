"""Run a statement that returns exactly one row, as an object of a given type."""

from collections.abc import Mapping
from typing import Any, TypeVar

from psycopg.rows import class_row

from shared.db.kit.pool import AsyncConnection, Connection

T = TypeVar("T")

Parameters = Mapping[str, Any] | None


def fetch_one(
    connection: Connection, type_: type[T], statement: str, parameters: Parameters = None
) -> T:
    """Return `type_(**columns)` of the statement's only row."""
    with connection.cursor(row_factory=class_row(type_)) as cursor:
        row = cursor.execute(statement, parameters).fetchone()
    assert row is not None, "the statement returned no row"
    return row


async def fetch_one_async(
    connection: AsyncConnection, type_: type[T], statement: str, parameters: Parameters = None
) -> T:
    """Return `type_(**columns)` of the statement's only row."""
    async with connection.cursor(row_factory=class_row(type_)) as cursor:
        await cursor.execute(statement, parameters)
        row = await cursor.fetchone()
    assert row is not None, "the statement returned no row"
    return row


async def fetch_all_async(
    connection: AsyncConnection, type_: type[T], statement: str, parameters: Parameters = None
) -> list[T]:
    """Return `type_(**columns)` of each row."""
    async with connection.cursor(row_factory=class_row(type_)) as cursor:
        await cursor.execute(statement, parameters)
        return await cursor.fetchall()

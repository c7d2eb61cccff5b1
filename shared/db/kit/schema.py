"""Checks that a database fits this code: its schema, its encoding and its session settings."""

from dataclasses import dataclass
from typing import Any, LiteralString

import psycopg
from psycopg.errors import (
    UndefinedColumn,
    UndefinedFunction,
    UndefinedObject,
    UndefinedTable,
)
from psycopg.rows import DictRow

from shared.domain.database_errors import DatabaseUnusable, SchemaMismatch

REVISION = "0029"
"""The newest migration that this code was written for."""
SCHEMA_ERRORS = (UndefinedTable, UndefinedColumn, UndefinedFunction, UndefinedObject)
"""What statements raise on a schema that they were not written for."""

PGVECTOR = "0.8.4"
"""The oldest version that keeps an index intact while it is vacuumed."""

# A migration that removes something names the oldest revision whose code still works, in a comment.
DESCRIBE_SCHEMA: LiteralString = """
SELECT to_regclass('alembic_version') IS NOT NULL AS migrated,
    obj_description(to_regclass('alembic_version'), 'pg_class') AS oldest_code,
    current_setting('inkdex.hnsw_m', true) AS session,
    (SELECT extversion FROM pg_extension WHERE extname = 'vector') AS pgvector,
    to_regtype('halfvec') IS NOT NULL AS finds_pgvector
"""
READ_REVISION: LiteralString = "SELECT max(version_num) AS revision FROM alembic_version"


@dataclass(frozen=True, slots=True)
class Schema:
    """The revision of a database, None before its first migration."""

    oldest_code: str | None
    session: str | None
    pgvector: str | None
    revision: str | None = None
    finds_pgvector: bool = True

    def require(self) -> None:
        """Raise SchemaMismatch or DatabaseUnusable if this code cannot work with the database.

        A newer schema is accepted until a migration says otherwise: while an update runs, the
        old code works on the new schema.
        """
        if not self.session:
            raise DatabaseUnusable(
                "A connection pooler drops the session settings. Set DATABASE_DIRECT_URL to the "
                "database's own address, or to none if it has no other than the pooler's."
            )
        if self.revision is None or self.revision < REVISION:
            raise SchemaMismatch(self.revision, REVISION)
        if self.oldest_code is not None and self.oldest_code > REVISION:
            raise SchemaMismatch(self.revision, REVISION)
        if not self.finds_pgvector:
            raise DatabaseUnusable(
                "The user of DATABASE_URL does not find the extension vector. Its schema must be "
                "in the search_path of the user, and the user needs the right USAGE on it."
            )
        if self.pgvector and _numbers(self.pgvector) < _numbers(PGVECTOR):
            raise DatabaseUnusable(
                f"The database has pgvector {self.pgvector}, which can damage a vector index. "
                f"Install {PGVECTOR} or newer, and run: ALTER EXTENSION vector UPDATE"
            )


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdigit())


def require_utf8(connection: psycopg.Connection[Any] | psycopg.AsyncConnection[Any]) -> None:
    """Raise DatabaseUnusable unless the database is in UTF-8. Costs no round trip."""
    encoding = connection.info.parameter_status("server_encoding")
    if encoding != "UTF8":
        raise DatabaseUnusable(
            f"The database's encoding is {encoding}. Create one with ENCODING 'UTF8'."
        )


def read_schema(connection: psycopg.Connection[DictRow]) -> Schema:
    found = _only_row(connection.execute(DESCRIBE_SCHEMA).fetchone())
    if found.pop("migrated"):
        found |= _only_row(connection.execute(READ_REVISION).fetchone())
    return Schema(**found)


async def read_schema_async(connection: psycopg.AsyncConnection[DictRow]) -> Schema:
    found = _only_row(await (await connection.execute(DESCRIBE_SCHEMA)).fetchone())
    if found.pop("migrated"):
        found |= _only_row(await (await connection.execute(READ_REVISION)).fetchone())
    return Schema(**found)


def _only_row(row: DictRow | None) -> DictRow:
    assert row is not None, "the statement always returns a row"
    return row

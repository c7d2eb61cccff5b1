"""What a database must have before it can be migrated. What is missing ends the process."""

import sys
from collections.abc import Sequence
from typing import Any

from psycopg.errors import InsufficientPrivilege
from sqlalchemy import Connection, Row, text
from sqlalchemy.exc import DBAPIError

# The identifiers are quoted, because the messages show them in statements. Tables are created in
# the first schema of the search_path that exists and that the user may use.
DATABASE = """
WITH path AS (
    SELECT number, CASE WHEN part LIKE '"%' THEN replace(trim(part, '"'), '""', '"')
        ELSE lower(part) END AS name
    FROM regexp_split_to_table(current_setting('search_path'), '\\s*,\\s*')
        WITH ORDINALITY AS p (part, number)
), named AS (
    SELECT number, CASE name WHEN '$user' THEN current_user ELSE name END AS name,
        name = '$user' AS is_user
    FROM path WHERE name <> ''
), existing AS (
    SELECT name FROM named WHERE to_regnamespace(quote_ident(name)) IS NOT NULL
    ORDER BY number LIMIT 1
)
SELECT quote_ident(current_user) AS role, quote_ident(current_database()) AS name,
    quote_ident(coalesce(current_schema(), (SELECT name FROM existing))) AS schema,
    quote_ident((SELECT name FROM named ORDER BY is_user, number LIMIT 1)) AS missing_schema,
    to_regclass('alembic_version') IS NOT NULL
        OR has_schema_privilege(current_schema(), 'CREATE') AS may_create,
    current_setting('search_path') AS search_path, current_setting('server_encoding') AS encoding
"""
VECTOR = """
SELECT quote_ident(n.nspname) AS schema, to_regtype('halfvec') IS NOT NULL AS is_found,
    EXISTS (SELECT FROM pg_type t WHERE t.typname = 'halfvec' AND t.typnamespace = n.oid) AS is_new
FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'vector'
"""
CREATE_VECTOR = "CREATE EXTENSION IF NOT EXISTS vector"


def require(connection: Connection) -> None:
    """Create the extension `vector` if it is missing, and end the process if something else is."""
    database = connection.execute(text(DATABASE)).one()
    if database.encoding != "UTF8":
        _end(f"The database's encoding is {database.encoding}. Create one with ENCODING 'UTF8'.")
    if database.schema is None:
        _end(
            f"No schema of the user's search_path exists: {database.search_path or 'it is empty'}.",
            f"An administrator runs in the database {database.name}:",
            *_schema_for(database),
        )
    if not database.may_create:
        _end(
            f"The user {database.role} may not create tables in the schema {database.schema}.",
            f"An administrator runs in the database {database.name}:",
            f"GRANT USAGE, CREATE ON SCHEMA {database.schema} TO {database.role}",
        )
    _require_vector(connection, database)
    connection.rollback()  # the timeouts of the migrations begin with their transactions


def _schema_for(database: Row[Any]) -> Sequence[str]:
    """Return the statements that give the user a schema."""
    if database.missing_schema is None:
        alter = f"ALTER ROLE {database.role} IN DATABASE {database.name}"
        return [f"{alter} SET search_path = public"]
    return [
        f"CREATE SCHEMA {database.missing_schema};",
        f"GRANT USAGE, CREATE ON SCHEMA {database.missing_schema} TO {database.role}",
    ]


def _require_vector(connection: Connection, database: Row[Any]) -> None:
    vector = connection.execute(text(VECTOR)).one_or_none()
    if vector is None:
        _create_vector(connection, database)
    elif not vector.is_new:
        _end(
            "The extension vector is too old. An administrator installs pgvector 0.8.4 or newer,",
            f"and runs in the database {database.name}:",
            "ALTER EXTENSION vector UPDATE",
        )
    elif not vector.is_found:
        _end(
            f"The extension vector is in the schema {vector.schema}, where the user "
            f"{database.role} does not look.",
            f"An administrator runs in the database {database.name}:",
            f"GRANT USAGE ON SCHEMA {vector.schema} TO {database.role};",
            f"ALTER ROLE {database.role} IN DATABASE {database.name}"
            f" SET search_path = {database.search_path}, {vector.schema}",
        )


def _create_vector(connection: Connection, database: Row[Any]) -> None:
    try:
        connection.execute(text(CREATE_VECTOR))
        connection.commit()
    except DBAPIError as error:
        missing = (
            f"The user {database.role} may not create the extension vector."
            if isinstance(error.orig, InsufficientPrivilege)
            else "The extension vector cannot be created. Is pgvector 0.8.4 or newer installed?"
        )
        _end(missing, f"An administrator runs in the database {database.name}:", CREATE_VECTOR)


def _end(*lines: str) -> None:
    sys.exit("\n".join(lines))

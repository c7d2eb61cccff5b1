"""The databases of a server."""

from psycopg import sql

from shared.db.kit.pool import Connection


def create(connection: Connection, name: str) -> None:
    """Create a database unless it exists. The connection must be in autocommit mode."""
    query = "SELECT 1 FROM pg_database WHERE datname = %s"
    if connection.execute(query, (name,)).fetchone() is None:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))

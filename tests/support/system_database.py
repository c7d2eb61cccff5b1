"""The database of a system under test, read and changed behind the back of its processes."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg.rows import DictRow, dict_row

PENDING = """
SELECT count(*) AS pending
FROM documents d LEFT JOIN collections r ON r.name = d.collection
LEFT JOIN embedding_models m ON m.id = coalesce(r.active_model_id,
    (SELECT id FROM embedding_models WHERE state = 'active'))
LEFT JOIN jobs j ON j.document_key = d.key AND j.model_id = m.id
LEFT JOIN embeddings e ON e.document_key = d.key AND e.model_id = m.id
WHERE j.failed_at IS NULL AND (j.document_key IS NOT NULL OR e.document_key IS NULL)
"""
WAITING = """
SELECT count(*) AS waiting FROM jobs WHERE failed_at IS NULL AND lane <> 'backfill'
"""


class SystemDatabase:
    """Each call opens a connection of its own, so a crash of the server breaks none."""

    def __init__(self, url: str) -> None:
        self.url = url

    @contextmanager
    def connect(self) -> Iterator[psycopg.Connection[DictRow]]:
        with psycopg.connect(
            self.url, autocommit=True, row_factory=dict_row, connect_timeout=5
        ) as connection:
            yield connection

    def rows(self, query: str, *params: object) -> list[DictRow]:
        with self.connect() as connection:
            return connection.execute(query.encode(), params or None).fetchall()

    def do(self, command: str) -> None:
        """Run a command that returns no rows."""
        with self.connect() as connection:
            connection.execute(command.encode())

    def leased(self) -> int:
        """Count the jobs under a lease."""
        return len(self.rows("SELECT FROM jobs WHERE lease_until > now()"))

    def waiting(self) -> int:
        """Count the jobs of all models, without backfill."""
        (row,) = self.rows(WAITING)
        return int(row["waiting"])

    def pending(self) -> int:
        """Count the documents that wait for an embedding."""
        (row,) = self.rows(PENDING)
        return int(row["pending"])

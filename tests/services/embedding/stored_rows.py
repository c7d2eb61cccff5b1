"""What the database holds of documents and their vectors."""

from typing import Any

from shared.db.kit.pool import Database


def stored_vector(database: Database, id_: str) -> list[float] | None:
    """Return the vector of the first chunk of a document, if it has one."""
    with database.connection() as connection:
        row = connection.execute(
            "SELECT embedding::real[] AS v FROM chunks c JOIN documents d ON d.key = c.document_key"
            " WHERE d.id = %s",
            (id_,),
        ).fetchone()
    return None if row is None else row["v"]


def chunk_rows(database: Database, id_: str) -> list[dict[str, Any]]:
    """Return the chunks of a document in order. `ctid` changes if a row is written again."""
    with database.connection() as connection:
        return connection.execute(
            "SELECT start_offset, end_offset, embedding::real[] AS vector, c.ctid::text"
            " FROM chunks c JOIN documents d ON d.key = c.document_key WHERE d.id = %s"
            " ORDER BY start_offset",
            (id_,),
        ).fetchall()


def count_rows(database: Database, table: str) -> int:
    with database.connection() as connection:
        row = connection.execute(f"SELECT count(*) AS n FROM {table}").fetchone()
    assert row is not None
    return int(row["n"])

"""Store documents: a single one for a write, a batch for an import."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from psycopg import DataError
from psycopg.errors import ProgramLimitExceeded
from psycopg.rows import DictRow

from shared.db.documents import document_columns
from shared.db.documents.document_rows import document
from shared.db.documents.read_documents import read
from shared.db.documents.write_statements import (
    ACCEPT_MANY,
    ACCEPT_ONE,
    ANNOUNCE,
    OF_OTHER_SOURCES,
)
from shared.db.kit.pool import AsyncConnection
from shared.domain.documents.document import WRITTEN_FIELDS, Lane, NewDocument
from shared.domain.documents.writes import BatchResult, WriteMode, WriteResult
from shared.domain.errors import DocumentNotStorable, FieldError
from shared.domain.refs import DocumentRef
from shared.domain.search.lexing.documents import LexedDocument

_PENDING_AGAIN = {"status": "pending", "error_code": None}
"""The state of a document after a change of its text. `states` still shows its former job."""


async def accept(
    connection: AsyncConnection,
    lexed: LexedDocument,
    lane: Lane,
    mode: WriteMode = WriteMode.UPSERT,
    expected_version: int | None = None,
) -> WriteResult:
    """Store a document, and a job if its text changed, in a transaction of the caller.

    Raises DocumentNotStorable.
    """
    new, parameters = lexed.new, parameters_of_one(lexed, lane, expected_version)
    with _refusals():
        cursor = await connection.execute(ACCEPT_ONE[mode], parameters)
    row = await cursor.fetchone()
    if row is None:
        return await _not_written(connection, new, mode, expected_version)
    sent = _sent(new, parameters)
    if row["content_changed"]:
        stored = document(row | sent | _PENDING_AGAIN)
        return WriteResult(stored, created=row["version"] == 1, owed=True)
    if row["announced"]:
        return WriteResult(document(row | sent))
    return await _announce(connection, sent, row)


def parameters_of_one(
    lexed: LexedDocument, lane: Lane, expected_version: int | None
) -> dict[str, Any]:
    return {
        **document_columns.values(lexed.new),
        **_texts(lexed),
        "lane": lane,
        "expected_version": expected_version,
        "import": None,
        "file": None,
    }


def _texts(lexed: LexedDocument) -> dict[str, Any]:
    return {
        "language": lexed.language,
        "lexemes": lexed.lexemes,
        "length": lexed.length,
        "default_language": lexed.default_language,
    }


def _sent(new: NewDocument, parameters: dict[str, Any]) -> dict[str, Any]:
    """Return the columns that the client sent. The statement does not return them again."""
    ref = {"collection": new.ref.collection.key, "id": new.ref.id}
    fields = {name: getattr(new, name) for name in WRITTEN_FIELDS}
    return ref | fields | {"content_hash": parameters["content_hash"]}


async def _announce(connection: AsyncConnection, sent: dict[str, Any], row: DictRow) -> WriteResult:
    (state,) = await announce(connection, [row["key"]])
    return WriteResult(document(state | sent))


async def announce(connection: AsyncConnection, keys: Sequence[int]) -> list[DictRow]:
    """Announce the versions of documents that the transaction wrote; return their states."""
    return await (await connection.execute(ANNOUNCE, {"keys": list(keys)})).fetchall()


async def _not_written(
    connection: AsyncConnection,
    new: NewDocument,
    mode: WriteMode,
    expected_version: int | None,
) -> WriteResult:
    """Distinguish a write that changed nothing from one whose condition was not met."""
    if mode is WriteMode.CREATE:
        return WriteResult(None)
    current = await read(connection, new.ref)
    is_met = current is not None and expected_version in {None, current.version}
    return WriteResult(current if is_met else None)


async def accept_many(
    connection: AsyncConnection,
    batch: Sequence[LexedDocument],
    lane: Lane,
    mode: WriteMode = WriteMode.UPSERT,
    import_key: int | None = None,
    file_key: int | None = None,
) -> BatchResult:
    """Upsert documents with distinct refs, which belong to an import and a file if they are given.

    The transaction is the caller's. Raises DocumentNotStorable if PostgreSQL refuses one of them.
    """
    with _refusals():
        cursor = await connection.execute(
            ACCEPT_MANY[mode], parameters_of_many(batch, lane, import_key, file_key)
        )
    written = await cursor.fetchall()
    if written:
        await announce(connection, [row["key"] for row in written])
    return BatchResult(
        len(written),
        sum(row["content_changed"] for row in written),
        sum(row["replaced"] for row in written),
    )


async def of_other_sources(
    connection: AsyncConnection, batch: Sequence[NewDocument]
) -> dict[DocumentRef, str | None]:
    """Return the documents that UPSERT_SAME_SOURCE left alone, with their sources."""
    cursor = await connection.execute(OF_OTHER_SOURCES, _arrays(batch))
    rows = await cursor.fetchall()
    return {DocumentRef.of_row(row["collection"], row["id"]): row["source"] for row in rows}


@contextmanager
def _refusals() -> Iterator[None]:
    """Raise DocumentNotStorable for an error of the values. Its message may quote the text."""
    try:
        yield
    except (DataError, ProgramLimitExceeded) as error:
        message = f"PostgreSQL cannot store the document (SQLSTATE {error.sqlstate})"
        raise DocumentNotStorable(FieldError(("document",), message)) from error


def parameters_of_many(
    batch: Sequence[LexedDocument],
    lane: Lane,
    import_key: int | None = None,
    file_key: int | None = None,
) -> dict[str, Any]:
    rows = [_texts(lexed) for lexed in batch]
    columns = {name: [row[name] for row in rows] for name in rows[0]}
    return {
        **_arrays([lexed.new for lexed in batch]),
        **columns,
        "lane": lane,
        "import": import_key,
        "file": file_key,
    }


def _arrays(batch: Sequence[NewDocument]) -> dict[str, list[Any]]:
    rows = [document_columns.values(new) for new in batch]
    return {name: [row[name] for row in rows] for name in document_columns.TYPES}

"""Accept documents: one at a time for writers, many at a time for imports."""

from collections.abc import Sequence
from typing import Any

from psycopg.rows import DictRow

from shared.db.documents import document_columns
from shared.db.documents.document_rows import document
from shared.db.documents.documents import read
from shared.db.documents.write_statements import ACCEPT_MANY, ACCEPT_ONE, ANNOUNCE_STATES
from shared.db.kit.pool import AsyncConnection
from shared.domain.documents import languages
from shared.domain.documents.document import Lane, NewDocument
from shared.domain.documents.writes import WriteMode, WriteResult

_NEWLY_OWED = {"status": "pending", "error_code": None}
"""The state of a document whose text has just changed."""


async def accept(
    connection: AsyncConnection,
    new: NewDocument,
    lane: Lane,
    mode: WriteMode = WriteMode.UPSERT,
    expected_version: int | None = None,
) -> WriteResult:
    """Store one document and the job it owes."""
    cursor = await connection.execute(
        ACCEPT_ONE[mode],
        document_columns.values(new)
        | {
            "language": languages.text_search_configuration(new.metadata),
            "lane": lane,
            "expected_version": expected_version,
        },
    )
    row = await cursor.fetchone()
    if row is None:
        return await _not_written(connection, new, mode, expected_version)
    if row["content_changed"]:
        stored = document(_merged(new, row) | _NEWLY_OWED)
        return WriteResult(stored, created=row["version"] == 1, owed=True)
    if row["announced"]:
        return WriteResult(document(_merged(new, row)))
    return await _announced(connection, new, row)


def _merged(new: NewDocument, row: DictRow) -> dict[str, Any]:
    """Return the columns of a stored document: those that were sent, and its state."""
    sent = {name: getattr(new, name) for name in document_columns.FIELDS}
    return row | sent | {"collection": new.ref.collection, "id": new.ref.id}


async def _announced(connection: AsyncConnection, new: NewDocument, row: DictRow) -> WriteResult:
    cursor = await connection.execute(ANNOUNCE_STATES, {"keys": [row["key"]]})
    state = await cursor.fetchone()
    if state is None:
        return WriteResult(None)
    return WriteResult(document(_merged(new, state) | {"version": row["version"]}))


async def _not_written(
    connection: AsyncConnection,
    new: NewDocument,
    mode: WriteMode,
    expected_version: int | None,
) -> WriteResult:
    """Tell a write that changed nothing from one whose condition did not hold."""
    if mode is WriteMode.CREATE:
        return WriteResult(None)
    current = await read(connection, new.ref)
    held = current is not None and expected_version in {None, current.version}
    return WriteResult(current if held else None)


async def accept_many(
    connection: AsyncConnection, batch: Sequence[NewDocument], lane: Lane
) -> tuple[int, int]:
    """Upsert documents with distinct refs; return how many were written, and how many owe a job."""
    rows = [document_columns.values(new) for new in batch]
    cursor = await connection.execute(
        ACCEPT_MANY,
        {
            **{name: [row[name] for row in rows] for name in document_columns.TYPES},
            "language": [languages.text_search_configuration(new.metadata) for new in batch],
            "lane": lane,
        },
    )
    written = await cursor.fetchall()
    if unannounced := [row["key"] for row in written if row["announced"] is None]:
        await connection.execute(ANNOUNCE_STATES, {"keys": unannounced})
    return len(written), sum(row["content_changed"] for row in written)

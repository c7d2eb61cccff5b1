"""The reasons of an import: which of its lines and files were rejected, or failed, and why."""

from collections.abc import Sequence
from typing import Any, LiteralString

from shared.db.kit.fetch import fetch_all_async
from shared.db.kit.pool import AsyncConnection
from shared.domain.documents.bulk_report import REJECTIONS_KEPT, Rejection
from shared.domain.documents.imports import ImportFailure, ImportRejection
from shared.domain.reasons import FailureKind
from shared.domain.refs import Collection

KEEP: LiteralString = f"""INSERT INTO import_rejections
    (import_key, number, request, line, id, error, is_skipped)
SELECT received.key, r.number + CASE WHEN r.is_skipped
        THEN {REJECTIONS_KEPT} + received.skipped ELSE received.rejected END,
    %(request)s, r.line, r.id, r.error, r.is_skipped
FROM received, (
    SELECT *, row_number() OVER (PARTITION BY is_skipped ORDER BY place) AS number
    FROM unnest(
        %(lines)s::bigint[], %(ids)s::text[], %(errors)s::text[], %(are_skipped)s::boolean[]
    ) WITH ORDINALITY AS left_out (line, id, error, is_skipped, place)
) AS r
WHERE r.number + CASE WHEN r.is_skipped THEN received.skipped ELSE received.rejected END
    <= {REJECTIONS_KEPT}
"""
"""Keeps what the import `received` left out, after so many that were rejected and skipped before.
The numbers of skipped ones follow on those that rejections can have."""
ELSEWHERE = "is for a collection that does not exist or that the key may not write to"
"""All that is kept of a line whose collection those who see the import may not know."""
_REJECTED: LiteralString = """
SELECT number, request, line, id, error FROM import_rejections
WHERE import_key = %s AND is_skipped = %s AND number > %s ORDER BY number LIMIT %s
"""
_NAMED: LiteralString = """
SELECT id, is_skipped FROM import_rejections
WHERE import_key = %s AND line IS NULL AND id = ANY(%s)
"""
_FAILED: LiteralString = """
(SELECT 'file' AS kind, collection, id, error_code AS code, error_message AS message
FROM files WHERE import_key = %(import)s AND state = 'failed' ORDER BY key LIMIT %(limit)s)
UNION ALL
(SELECT 'document', d.collection, d.id, j.error_code, j.error_message
FROM jobs j JOIN documents d ON d.key = j.document_key
WHERE j.import_key = %(import)s AND j.failed_at IS NOT NULL ORDER BY j.failed_at LIMIT %(limit)s)
LIMIT %(limit)s
"""


def parameters(rejections: Sequence[Rejection]) -> dict[str, Any]:
    """Return the rejections as KEEP takes them."""
    return {
        "lines": [each.line or None for each in rejections],
        "ids": [_id(each) for each in rejections],
        "errors": [
            ELSEWHERE if each.is_elsewhere else _storable(each.error) for each in rejections
        ],
        "are_skipped": [each.is_skipped for each in rejections],
    }


def _id(rejection: Rejection) -> str | None:
    hidden = rejection.id is None or rejection.is_elsewhere
    return None if hidden else _storable(rejection.id or "")


async def rejected(
    connection: AsyncConnection, import_key: int, after: int, limit: int, *, are_skipped: bool
) -> list[ImportRejection]:
    """Return the rejections of an import, or what was skipped, behind a number, in their order."""
    parameters = (import_key, are_skipped, after, limit)
    return await fetch_all_async(connection, ImportRejection, _REJECTED, parameters)


async def named(
    connection: AsyncConnection, import_key: int, names: Sequence[str]
) -> set[tuple[str, bool]]:
    """Return which of these names an import keeps, each with whether it was skipped."""
    cursor = await connection.execute(_NAMED, (import_key, names))
    return {(row["id"], row["is_skipped"]) for row in await cursor.fetchall()}


async def failed(connection: AsyncConnection, import_key: int, limit: int) -> list[ImportFailure]:
    """Return what of an import has failed: files first, then the documents that failed first."""
    parameters = {"import": import_key, "limit": limit}
    return await fetch_all_async(connection, _failure, _FAILED, parameters)


def _failure(*, kind: str, collection: str, id: str, code: str, message: str) -> ImportFailure:  # noqa: A002
    return ImportFailure(FailureKind(kind), Collection.of_key(collection), id, code, message)


def _storable(text: str) -> str:
    """Return a text as PostgreSQL can store it. A client may have sent any."""
    return text.encode(errors="replace").decode().replace("\0", "\N{REPLACEMENT CHARACTER}")

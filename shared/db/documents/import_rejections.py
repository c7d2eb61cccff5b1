"""The reasons of an import: which of its lines were rejected, and why."""

from collections.abc import Sequence
from typing import Any, LiteralString

from shared.db.kit.fetch import fetch_all_async
from shared.db.kit.pool import AsyncConnection
from shared.domain.documents.bulk_report import REJECTIONS_KEPT, Rejection
from shared.domain.documents.imports import ImportRejection

KEEP: LiteralString = f"""INSERT INTO import_rejections
    (import_key, number, request, line, id, error)
SELECT received.key, received.before + r.number, %(request)s, r.line, r.id, r.error
FROM received, unnest(%(lines)s::bigint[], %(ids)s::text[], %(errors)s::text[])
    WITH ORDINALITY AS r (line, id, error, number)
WHERE received.before + r.number <= {REJECTIONS_KEPT}
"""
"""Keeps rejections of the import `received`, of which so many were counted `before`."""
_PAGE: LiteralString = """
SELECT number, request, line, id, error FROM import_rejections
WHERE import_key = %s AND number > %s ORDER BY number LIMIT %s
"""


def parameters(rejections: Sequence[Rejection]) -> dict[str, Any]:
    """Return the rejections as KEEP takes them."""
    return {
        "lines": [each.line for each in rejections],
        "ids": [each.id and _storable(each.id) for each in rejections],
        "errors": [_storable(each.error) for each in rejections],
    }


async def page(
    connection: AsyncConnection, import_key: int, after: int, limit: int
) -> list[ImportRejection]:
    """Return the rejections of an import behind a number, in the order of their numbers."""
    return await fetch_all_async(connection, ImportRejection, _PAGE, (import_key, after, limit))


def _storable(text: str) -> str:
    """Return a text as PostgreSQL can store it. A client may have sent any."""
    return text.encode(errors="replace").decode().replace("\0", "\N{REPLACEMENT CHARACTER}")

"""List the documents of a collection in pages."""

from collections.abc import Mapping
from typing import Any, LiteralString

from shared.db.documents import metadata_conditions
from shared.db.documents.document_rows import (
    DOCUMENT,
    EXCERPT,
    STATE_JOINS_OF_COLLECTION,
    document,
)
from shared.db.kit.pool import AsyncConnection
from shared.db.models.roles import ACTIVE_MODEL_OF
from shared.db.tables.title_order import FOLDED_TITLE
from shared.domain.documents.document import Status
from shared.domain.documents.listing import Excerpt, ExcerptPage, Listing, Page, Position

PAGE_MAX_BYTES = 2 * 1024 * 1024
"""Encoding a page takes about 10 ms per megabyte, in which no other request is served."""


_KEY = ("d.key", "bigint")
_TITLE = FOLDED_TITLE.format(document="d.")
# What sorts a list, with its types. Keys ascend in the order of creation.
# Texts are sorted alike in every locale.
_SORTED_BY: Mapping[str, tuple[tuple[str, str], ...]] = {
    "created_at": (_KEY,),
    "updated_at": (("d.updated_at", "timestamptz"), _KEY),
    "title": ((f'{_TITLE} COLLATE "C"', "text"), _KEY),
    "size": (("octet_length(d.content)", "integer"), _KEY),
    "id": (('d.id COLLATE "C"', "text"),),
}
# One more than the limit shows whether there is another page.
_FROM_DOCUMENTS: LiteralString = f"""
    (SELECT d.key, octet_length(d.content) AS bytes, {{columns}} FROM documents d
     {STATE_JOINS_OF_COLLECTION}
     WHERE {{condition}} AND {{by_index}} ORDER BY {{order}} LIMIT %(limit)s + 1)
"""
_ACTIVE_MODEL: LiteralString = ACTIVE_MODEL_OF.format(collection="%(collection)s")
# Few documents are pending or failed. Their jobs lead to them without a scan of the documents.
_FROM_JOBS: LiteralString = f"""
    (SELECT d.key, octet_length(d.content) AS bytes, {{columns}} FROM jobs j
     JOIN documents d ON d.key = j.document_key
     WHERE j.model_id = {_ACTIVE_MODEL} AND {{condition}} AND {{found}}
     ORDER BY {{order}} LIMIT %(limit)s + 1)
"""
# Without an active model there are no jobs, and every document is pending.
_BEFORE_ANY_MODEL: LiteralString = f"{_ACTIVE_MODEL} IS NULL"
_CANDIDATES: Mapping[Status | None, tuple[tuple[LiteralString, LiteralString], ...]] = {
    None: ((_FROM_DOCUMENTS, "true"),),
    Status.READY: ((_FROM_DOCUMENTS, "j.document_key IS NULL AND e.document_key IS NOT NULL"),),
    Status.PENDING: ((_FROM_JOBS, "j.failed_at IS NULL"), (_FROM_DOCUMENTS, _BEFORE_ANY_MODEL)),
    Status.FAILED: ((_FROM_JOBS, "j.failed_at IS NOT NULL"),),
}
_PAGE: LiteralString = f"""
WITH candidates AS MATERIALIZED ({{candidates}}
), numbered AS (
    SELECT *, row_number() OVER sorted AS number, sum(bytes) OVER sorted AS total_bytes,
        count(*) OVER () AS found
    FROM candidates WINDOW sorted AS (ORDER BY {{order}})
), page AS (
    SELECT * FROM numbered
    WHERE number <= %(limit)s AND (coalesce(total_bytes <= %(bytes)s::bigint, true) OR number = 1)
)
SELECT {{shown}}, {{position}}, page.number < page.found AS more
FROM page JOIN documents d ON d.key = page.key {STATE_JOINS_OF_COLLECTION} ORDER BY page.number
"""


async def page(connection: AsyncConnection, listing: Listing) -> Page:
    """Return the documents of a page.

    A page ends early at PAGE_MAX_BYTES of content, but has at least one document.
    """
    parameters = _parameters(listing) | {"bytes": PAGE_MAX_BYTES}
    rows = await _rows(connection, _statement(listing, DOCUMENT), parameters)
    return Page([document(row) for row in rows], _next_after(listing, rows))


async def excerpts(connection: AsyncConnection, listing: Listing) -> ExcerptPage:
    """Return the documents of a page with the beginnings of their contents."""
    parameters = _parameters(listing) | {"bytes": None}
    rows = await _rows(connection, _statement(listing, EXCERPT), parameters)
    found = [Excerpt(document(row), row["content_bytes"]) for row in rows]
    return ExcerptPage(found, _next_after(listing, rows))


async def _rows(
    connection: AsyncConnection, statement: str, parameters: Mapping[str, Any]
) -> list[dict[str, Any]]:
    cursor = await connection.execute(statement, parameters)
    return await cursor.fetchall()


def _next_after(listing: Listing, rows: list[dict[str, Any]]) -> Position | None:
    if not rows or not rows[-1]["more"]:
        return None
    return tuple(rows[-1][name] for name in _position(listing))


def _statement(listing: Listing, shown: str) -> str:
    position = _position(listing)
    columns = zip(_columns(listing), position, strict=True)
    order = ", ".join(f"{each}{_direction(listing)}" for each in position)
    parts = {
        "columns": ", ".join(map(" AS ".join, columns)),
        "order": order,
        "by_index": _condition(listing, metadata_conditions.by_index(listing.conditions)),
        "found": _condition(listing, metadata_conditions.hidden(listing.conditions)),
    }
    candidates = " UNION ALL ".join(
        source.format(condition=condition, **parts)
        for source, condition in _CANDIDATES[listing.status]
    )
    return _PAGE.format(
        candidates=candidates, order=order, shown=shown, position=", ".join(position)
    )


def _columns(listing: Listing) -> list[str]:
    return [column for column, _ in _SORTED_BY[listing.order.field]]


def _position(listing: Listing) -> list[str]:
    """Return the names of the columns in the statement."""
    return [f"sort{number}" for number in range(len(_columns(listing)))]


def _direction(listing: Listing) -> str:
    return " DESC" if listing.order.is_descending else ""


def _condition(listing: Listing, metadata: list[str]) -> str:
    conditions = ["d.collection = %(collection)s", *metadata]
    if listing.ids is not None:
        conditions.append("d.id = ANY(%(ids)s::text[])")
    if listing.after is not None:
        conditions.append(_after(listing))
    return " AND ".join(conditions)


def _after(listing: Listing) -> str:
    types = (type_ for _, type_ in _SORTED_BY[listing.order.field])
    last = ", ".join(f"%(after{number})s::{type_}" for number, type_ in enumerate(types))
    comparison = "<" if listing.order.is_descending else ">"
    return f"({', '.join(_columns(listing))}) {comparison} ({last})"


def _parameters(listing: Listing) -> dict[str, Any]:
    return {
        "collection": listing.collection,
        "ids": None if listing.ids is None else list(listing.ids),
        "limit": listing.limit,
        **{f"after{number}": value for number, value in enumerate(listing.after or ())},
        **metadata_conditions.parameters(listing.conditions),
    }

"""Imports: begin and end their requests, and record what they receive."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, LiteralString, NamedTuple
from uuid import UUID

from shared.db.documents import import_reasons
from shared.db.kit.fetch import fetch_one_async, fetch_value
from shared.db.kit.pool import AsyncConnection, Connection
from shared.domain.documents.bulk_report import Rejection
from shared.domain.documents.imports import (
    COLLECTIONS_MAX,
    KEEP_DAYS,
    QUIET_SECONDS,
    RECEIVING_SECONDS,
)
from shared.domain.refs import Collection, Tenant

PURGE_BATCH = 100
"""Each has up to REJECTIONS_KEPT rejections, which go with it."""

ENDED_AT: LiteralString = "CASE WHEN i.accepted = 0 THEN i.receiving_until ELSE now() END"
"""What owed nothing ended when its quiet time did, whenever that is seen."""
_LATER: LiteralString = f"now() + interval '{RECEIVING_SECONDS:g} seconds'"
# Two conditions, because PostgreSQL cannot join by one of both.
_OWES_NOTHING: LiteralString = """NOT EXISTS (
        SELECT FROM jobs j WHERE j.import_key = i.key AND j.failed_at IS NULL
    ) AND NOT EXISTS (SELECT FROM files f WHERE f.import_key = i.key AND f.state = 'waiting')"""
# The order leads to the index, also where one import has almost all jobs.
_ONE_OWES_NOTHING: LiteralString = """(
        SELECT j.import_key FROM jobs j WHERE j.import_key = i.key AND j.failed_at IS NULL
        ORDER BY j.import_key, j.failed_at LIMIT 1
    ) IS NULL AND NOT EXISTS (
        SELECT FROM files f WHERE f.import_key = i.key AND f.state = 'waiting')"""
_SOON: LiteralString = f"now() + interval '{QUIET_SECONDS:g} seconds'"
_BEGIN: LiteralString = f"""
INSERT INTO imports AS i (tenant, id, requests, open_requests, receiving_until)
VALUES (%(tenant)s, %(id)s, 1, 1, {_LATER})
ON CONFLICT (tenant, id) DO UPDATE SET receiving_until = {_LATER}, broke_off = false,
    ended_at = NULL, requests = i.requests + 1,
    open_requests = CASE WHEN i.receiving_until < now() THEN 1 ELSE i.open_requests + 1 END
RETURNING key, requests AS number
"""
# What a client tells of an import sends nothing, so an import that has ended keeps its state.
_TELL: LiteralString = f"""
INSERT INTO imports AS i (tenant, id, requests, receiving_until)
VALUES (%(tenant)s, %(id)s, 1, {_SOON})
ON CONFLICT (tenant, id) DO UPDATE SET requests = i.requests + 1,
    receiving_until = CASE WHEN i.ended_at IS NULL AND i.receiving_until > now()
        THEN greatest(i.receiving_until, {_SOON}) ELSE i.receiving_until END
RETURNING key, requests AS number, collections
"""
_CLOSE: LiteralString = """
UPDATE imports SET receiving_until = now()
WHERE key = %s AND open_requests = 0 AND receiving_until > now()
"""
_RECEIVED: LiteralString = f"""accepted = i.accepted + %(accepted)s,
    unchanged = i.unchanged + %(unchanged)s, rejected = i.rejected + %(rejected)s,
    skipped = i.skipped + %(skipped)s, bytes = i.bytes + %(bytes)s,
    collections = (
        SELECT coalesce(array_agg(name), '{{}}') FROM (
            SELECT DISTINCT unnest(i.collections || %(collections)s::text[]) AS name
            LIMIT {COLLECTIONS_MAX} + 1
        ) AS named
    )"""
# The row is locked, so what requests at the same time leave out has different numbers.
_COUNTED: LiteralString = f"""
WHERE key = %(key)s
RETURNING i.key, i.rejected - %(rejected)s AS rejected, i.skipped - %(skipped)s AS skipped
)
{import_reasons.KEEP}"""
_RECORD: LiteralString = f"""
WITH received AS (
    UPDATE imports i SET {_RECEIVED}, receiving_until = {_LATER} {_COUNTED}"""
_ADD: LiteralString = f"""
WITH received AS (
    UPDATE imports i SET {_RECEIVED} {_COUNTED}"""
# All of its jobs are those of requests that have ended. Events of its documents have smaller
# transaction ids, so a webhook receives them before.
_END: LiteralString = f"""
WITH received AS (
    UPDATE imports i SET {_RECEIVED}, open_requests = greatest(0, i.open_requests - 1),
    broke_off = i.broke_off OR %(broke_off)s, ended_xid = pg_current_xact_id(),
    receiving_until = CASE WHEN i.open_requests > 1 THEN {_LATER}
        ELSE now() + make_interval(secs => %(quiet_seconds)s) END,
    ended_at = CASE WHEN i.open_requests <= 1 AND %(quiet_seconds)s = 0 AND {_ONE_OWES_NOTHING}
        THEN now() END
    {_COUNTED}"""
COUNT_DELETED: LiteralString = """owed AS (
    SELECT j.import_key, count(DISTINCT d.key) AS items
    FROM deleted d JOIN jobs j ON j.document_key = d.key
    WHERE j.import_key IS NOT NULL AND (j.file_key IS NULL OR EXISTS (
        SELECT FROM file_documents x JOIN files f ON f.key = x.file_key
        WHERE x.collection = d.collection AND x.id = d.id AND x.number = 0 AND f.state <> 'deleted'
    )) GROUP BY j.import_key
), owing AS MATERIALIZED (
    SELECT i.key, owed.items FROM imports i JOIN owed ON i.key = owed.import_key
    ORDER BY i.key FOR UPDATE OF i
), counted AS (
    UPDATE imports i SET deleted = i.deleted + owing.items FROM owing WHERE i.key = owing.key
)"""
"""Counts the documents of a CTE `deleted` that were not ready. A part of a file is no item.

A file that is deleted was counted itself.
"""
_LOCK: LiteralString = "SELECT pg_try_advisory_xact_lock(hashtext('inkdex imports'))"
_SETTLE: LiteralString = f"""
UPDATE imports i SET ended_at = {ENDED_AT}, ended_xid = pg_current_xact_id(), open_requests = 0,
    broke_off = i.broke_off OR i.open_requests > 0
WHERE i.ended_at IS NULL AND i.receiving_until < now() AND {_OWES_NOTHING}
"""
_PURGE: LiteralString = f"""
DELETE FROM imports WHERE key IN (
    SELECT key FROM imports WHERE ended_at < now() - interval '{KEEP_DAYS} days'
    ORDER BY ended_at LIMIT {PURGE_BATCH})
"""


class ImportRequest(NamedTuple):
    """A request of an import: the import's key, and which of its requests it is, from 1."""

    key: int
    number: int


class Told(NamedTuple):
    """A request that only tells of an import, and where the import wrote before."""

    request: ImportRequest
    collections: tuple[Collection, ...]
    is_in_many_collections: bool


@dataclass(slots=True)
class Received:
    """What a request of an import has received and not recorded yet."""

    accepted: int = 0
    unchanged: int = 0
    rejected: int = 0
    skipped: int = 0
    bytes: int = 0
    collections: set[Collection] = field(default_factory=set)
    rejections: list[Rejection] = field(default_factory=list)

    def parameters(self, request: ImportRequest) -> dict[str, Any]:
        return {
            "key": request.key,
            "request": request.number,
            "accepted": self.accepted,
            "unchanged": self.unchanged,
            "rejected": self.rejected,
            "skipped": self.skipped,
            "bytes": self.bytes,
            "collections": list(self.collections),
            **import_reasons.parameters(self.rejections),
        }


async def begin(connection: AsyncConnection, tenant: Tenant, id_: UUID) -> ImportRequest:
    """Begin a request of an import, which is new or known by its id."""
    parameters = {"tenant": tenant.name, "id": id_}
    return await fetch_one_async(connection, ImportRequest, _BEGIN, parameters)


async def tell(connection: AsyncConnection, tenant: Tenant, id_: UUID) -> Told:
    """Begin a request that only tells of an import, in a transaction. Its row is locked."""
    parameters = {"tenant": tenant.name, "id": id_}
    return await fetch_one_async(connection, _told, _TELL, parameters)


async def add(connection: AsyncConnection, request: ImportRequest, received: Received) -> None:
    """Add what a request tells."""
    await connection.execute(_ADD, received.parameters(request))


async def close(connection: AsyncConnection, key: int) -> None:
    """Wait for no further request of an import, unless one is open."""
    await connection.execute(_CLOSE, (key,))


async def record(connection: AsyncConnection, request: ImportRequest, received: Received) -> None:
    """Add what a request has received, and say that it goes on."""
    await connection.execute(_RECORD, received.parameters(request))


async def end(
    connection: AsyncConnection,
    request: ImportRequest,
    received: Received,
    *,
    broke_off: bool,
    quiet_seconds: float,
) -> None:
    """End a request, and the import if it owes nothing.

    With `quiet_seconds`, it waits so long for another request, and a worker ends it.
    """
    ending = {"broke_off": broke_off, "quiet_seconds": quiet_seconds}
    await connection.execute(_END, received.parameters(request) | ending)


def settle(connection: Connection) -> None:
    """End the imports that owe nothing any more. One worker at a time does."""
    with connection.transaction():
        if fetch_value(connection, _LOCK):
            connection.execute(_SETTLE)


def purge(connection: Connection) -> int:
    """Delete up to PURGE_BATCH of the imports that ended KEEP_DAYS ago; return how many."""
    return connection.execute(_PURGE).rowcount


def _told(*, key: int, number: int, collections: Sequence[str]) -> Told:
    return Told(ImportRequest(key, number), *wrote_to(collections))


def wrote_to(collections: Sequence[str]) -> tuple[tuple[Collection, ...], bool]:
    """Return the collections of an import, or none and that they are too many to be named."""
    is_in_many = len(collections) > COLLECTIONS_MAX
    return () if is_in_many else tuple(map(Collection.of_key, sorted(collections))), is_in_many

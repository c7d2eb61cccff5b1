"""Imports: read how far they are."""

from collections.abc import Sequence
from typing import Any, LiteralString
from uuid import UUID

from shared.db.documents.imports import ENDED_AT, wrote_to
from shared.db.kit.fetch import (
    fetch_all_async,
    fetch_optional,
    fetch_optional_async,
    fetch_value_async,
)
from shared.db.kit.pool import AsyncConnection, Connection
from shared.domain.documents.imports import COLLECTIONS_MAX, Import
from shared.domain.refs import Collection, Tenant

RECENT_MAX = 500
LOOKED_AT_MAX = 1000
"""A page of the imports into a collection is looked for among so many."""

# A file is pending until it is read and none of its jobs is pending. All jobs are counted in their
# index, and those of files are taken off, which are few. What owes nothing has ended, also before a
# worker records it.
_SELECT: LiteralString = f"""
SELECT i.key, i.tenant, i.id, i.collections, i.accepted, i.unchanged, i.rejected, i.skipped,
    i.deleted, i.vectors_used, i.bytes,
    owed.pending - files.pending_jobs + files.pending AS pending,
    owed.failed - files.failed_jobs + files.failed AS failed,
    i.ended_at IS NULL AND i.receiving_until > now() AS is_receiving,
    i.broke_off OR i.open_requests > 0 AS broke_off,
    i.started_at, CASE WHEN i.ended_at IS NULL AND i.receiving_until <= now()
        AND owed.pending - files.pending_jobs + files.pending = 0
        THEN {ENDED_AT} ELSE i.ended_at END AS ended_at
FROM imports i CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE failed_at IS NULL) AS pending, count(failed_at) AS failed
    FROM jobs j WHERE j.import_key = i.key
) AS owed CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE is_pending) AS pending,
        count(*) FILTER (WHERE NOT is_pending) AS failed,
        coalesce(sum(pending_jobs), 0)::bigint AS pending_jobs,
        coalesce(sum(failed_jobs), 0)::bigint AS failed_jobs
    FROM (
        SELECT bool_or(is_pending) AS is_pending, sum(pending_job) AS pending_jobs,
            sum(failed_job) AS failed_jobs
        FROM (
            SELECT j.file_key AS key, j.failed_at IS NULL AS is_pending,
                (j.failed_at IS NULL)::int AS pending_job,
                (j.failed_at IS NOT NULL)::int AS failed_job
            FROM jobs j WHERE j.import_key = i.key AND j.file_key IS NOT NULL
            UNION ALL
            SELECT f.key, f.state = 'waiting', 0, 0
            FROM files f WHERE f.import_key = i.key AND f.state <> 'done'
        ) AS owed_by_file GROUP BY key
    ) AS file
) AS files
"""
_ONE: LiteralString = f"{_SELECT} WHERE i.tenant = %s AND i.id = %s"
_ENDED: LiteralString = f"""{_SELECT}
WHERE i.key = %s AND i.ended_at IS NOT NULL AND cardinality(i.collections) = 1
"""
_PAGE: LiteralString = f"""{_SELECT}
WHERE i.tenant = %(tenant)s AND (%(before)s::bigint IS NULL OR i.key < %(before)s)
ORDER BY i.key DESC LIMIT %(limit)s
"""
_NEWEST: LiteralString = """SELECT key, collections FROM imports
        WHERE tenant = %(tenant)s AND (%(before)s::bigint IS NULL OR key < %(before)s)
        ORDER BY key DESC"""
_PAGE_INTO: LiteralString = f"""{_SELECT}
WHERE i.key IN (
    SELECT key FROM ({_NEWEST} LIMIT {LOOKED_AT_MAX}) AS looked_at
    WHERE %(collection)s = ANY (collections) OR cardinality(collections) > {COLLECTIONS_MAX}
    ORDER BY key DESC LIMIT %(limit)s
) ORDER BY i.key DESC
"""
_LAST_LOOKED_AT: LiteralString = f"""
SELECT key FROM ({_NEWEST} OFFSET {LOOKED_AT_MAX - 1} LIMIT 1) AS looked_at
"""
_RECENT: LiteralString = f"""{_SELECT}
WHERE i.ended_at > now() - interval '30 seconds' ORDER BY i.ended_at DESC LIMIT {RECENT_MAX}
"""


async def read(connection: AsyncConnection, tenant: Tenant, id_: UUID) -> Import | None:
    return await fetch_optional_async(connection, _import, _ONE, (tenant.name, id_))


async def page(
    connection: AsyncConnection, tenant: Tenant, before: int | None, limit: int
) -> list[Import]:
    """Return a tenant's imports before a key, the newest first."""
    parameters = {"tenant": tenant.name, "before": before, "limit": limit}
    return await fetch_all_async(connection, _import, _PAGE, parameters)


async def page_into(
    connection: AsyncConnection, collection: Collection, before: int | None, limit: int
) -> tuple[list[Import], int | None]:
    """Return imports into a collection before a key, the newest first, and where to look further.

    Only LOOKED_AT_MAX imports of the tenant are looked at. Those into too many collections to be
    named may be into this one. The statements must see the same state.
    """
    parameters = {"tenant": collection.tenant.name, "before": before}
    of_collection = {"collection": collection, "limit": limit}
    found = await fetch_all_async(connection, _import, _PAGE_INTO, parameters | of_collection)
    return found, await fetch_value_async(connection, _LAST_LOOKED_AT, parameters)


async def recently_ended(connection: AsyncConnection) -> list[Import]:
    """Return the imports of all tenants that ended in the last 30 seconds, the last RECENT_MAX."""
    return await fetch_all_async(connection, _import, _RECENT)


def read_ended(connection: Connection, key: int) -> Import | None:
    """Return an import into one collection, or None if it is gone or goes on."""
    return fetch_optional(connection, _import, _ENDED, (key,))


def _import(
    *,
    tenant: str,
    collections: Sequence[str],
    **columns: Any,  # noqa: ANN401 - columns of any type
) -> Import:
    named, is_in_many = wrote_to(collections)
    return Import(
        tenant=Tenant(tenant), collections=named, is_in_many_collections=is_in_many, **columns
    )

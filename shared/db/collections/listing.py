"""Read collections: their names in order, whether one exists, and how many documents each has."""

from collections.abc import Mapping, Sequence
from typing import LiteralString

from shared.db.kit.fetch import fetch_all_async, fetch_value_async
from shared.db.kit.pool import AsyncConnection
from shared.db.kit.tenants import keys_of
from shared.db.models.roles import ACTIVE_MODEL_OF, FLOW_OF_COLLECTION
from shared.domain.collections.collection import Described, DocumentCounts
from shared.domain.embedding.flows import FLOWS_OF_A_SIZE
from shared.domain.refs import Collection, Tenant

_NEXT: LiteralString = """(SELECT min(collection COLLATE "C") FROM {table}
        WHERE {shown} AND collection COLLATE "C" > {after}
          AND collection COLLATE "C" < %(end_key)s)"""
_DOCUMENTS: LiteralString = _NEXT.format(table="documents", shown="true", after="{after}")
_FILES: LiteralString = _NEXT.format(table="files", shown="state <> 'deleted'", after="{after}")
_SETTINGS: LiteralString = _NEXT.format(table="collection_settings", shown="true", after="{after}")
_FIRST_AFTER: LiteralString = f"least({_DOCUMENTS}, {_FILES}, {_SETTINGS})"
# Each name takes three index entries, however many documents the collection has.
_NAMES: LiteralString = f"""
WITH RECURSIVE named AS (
    SELECT {_FIRST_AFTER.format(after="%(after)s::text")} AS name, 1 AS number
    UNION ALL
    SELECT {_FIRST_AFTER.format(after="n.name")}, number + 1
    FROM named n WHERE n.name IS NOT NULL AND number < %(limit)s
)
SELECT name AS key FROM named WHERE name IS NOT NULL ORDER BY number
"""
_EXISTS: LiteralString = """
SELECT EXISTS (SELECT FROM documents WHERE collection = %(collection)s)
    OR EXISTS (SELECT FROM files WHERE collection = %(collection)s AND state <> 'deleted')
    OR EXISTS (SELECT FROM collection_settings WHERE collection = %(collection)s)
"""
_HAS_DOCUMENTS: LiteralString = "SELECT EXISTS (SELECT FROM documents WHERE collection = %s)"
# A job's flow tells its collection, so no document of a job is read.
_COUNTS: LiteralString = f"""
WITH owed AS (
    SELECT j.model_id, {FLOW_OF_COLLECTION.format(flow="j.flow")} AS flow,
        count(*) FILTER (WHERE j.failed_at IS NULL) AS pending, count(j.failed_at) AS failed
    FROM jobs j
    WHERE j.model_id IN (SELECT id FROM embedding_models WHERE tenant = %(tenant)s) GROUP BY 1, 2
), named AS (
    SELECT n.key, {ACTIVE_MODEL_OF.format(collection="n.key")} AS model_id,
        hashtext(n.key)::bigint & {FLOWS_OF_A_SIZE - 1} AS flow
    FROM unnest(%(names)s::text[]) AS n (key)
)
SELECT n.key, stored.total, n.model_id IS NOT NULL AS has_model,
    coalesce(o.pending, 0) AS pending, coalesce(o.failed, 0) AS failed
FROM named n CROSS JOIN LATERAL (
    SELECT count(*) AS total FROM documents d WHERE d.collection = n.key
) AS stored LEFT JOIN owed o ON o.model_id = n.model_id AND o.flow = n.flow
"""
_DESCRIBED: LiteralString = """
SELECT collection AS key, description, language FROM collection_settings
WHERE collection = ANY(%s::text[])
"""


async def names(
    connection: AsyncConnection, tenant: Tenant, after: str | None, limit: int
) -> list[Collection]:
    """Return the first collections after a name, by code points."""
    start = tenant.first_key if after is None else Collection(tenant, after).key
    parameters = {**keys_of(tenant), "after": start, "limit": limit}
    return await fetch_all_async(connection, _of_key, _NAMES, parameters)


async def exists(connection: AsyncConnection, collection: Collection) -> bool:
    """Return whether the collection has a document or a file, or was created."""
    return bool(await fetch_value_async(connection, _EXISTS, {"collection": collection}))


async def has_documents(connection: AsyncConnection, collection: Collection) -> bool:
    return bool(await fetch_value_async(connection, _HAS_DOCUMENTS, (collection,)))


async def counts(
    connection: AsyncConnection, tenant: Tenant, collections: Sequence[Collection]
) -> Mapping[str, DocumentCounts]:
    """Return the counts of a tenant's collections by name. All documents are counted."""
    parameters = {"tenant": tenant.name, "names": list(collections)}
    cursor = await connection.execute(_COUNTS, parameters)
    return {
        Collection.of_key(row.pop("key")).name: _counts(**row) for row in await cursor.fetchall()
    }


async def described(
    connection: AsyncConnection, collections: Sequence[Collection]
) -> Mapping[str, Described]:
    """Return what was said of collections, by name."""
    return dict(await fetch_all_async(connection, _by_name, _DESCRIBED, (list(collections),)))


def _by_name(key: str, description: str | None, language: str | None) -> tuple[str, Described]:
    return Collection.of_key(key).name, Described(description, language)


def _of_key(key: str) -> Collection:
    return Collection.of_key(key)


def _counts(*, total: int, has_model: bool, pending: int, failed: int) -> DocumentCounts:
    waiting = min(pending, total - failed) if has_model else total
    return DocumentCounts(total, waiting, max(0, total - waiting - failed), failed)

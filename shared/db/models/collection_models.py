"""The collections with their models, and why documents are not embedded under one."""

from collections.abc import Sequence
from typing import Any, LiteralString

from shared.db.kit.fetch import fetch_all_async
from shared.db.kit.pool import AsyncConnection
from shared.db.kit.tenants import OF_TENANT
from shared.db.models.roles import DEFAULT_MODEL_OF
from shared.domain.models.embedding_model import CollectionModels, ModelSummary
from shared.domain.refs import Collection

SUMMARY: LiteralString = """jsonb_build_object('id', {m}.id, 'number', (
        SELECT count(*) FROM embedding_models o WHERE o.tenant = {m}.tenant AND o.id <= {m}.id),
    'name', {m}.name,
    'dimensions', {m}.dimensions, 'chunk_tokens', {m}.chunk_tokens,
    'document_prefix', {m}.document_prefix, 'query_prefix', {m}.query_prefix)"""
"""The fields of ModelSummary as an object, to be formatted."""

_MODELS: LiteralString = f"""
, models AS (
    SELECT id, {SUMMARY.format(m="m")} AS model FROM embedding_models m
    WHERE m.tenant = (SELECT tenant_of(name) FROM named WHERE name IS NOT NULL LIMIT 1)
)
SELECT l.name, a.model AS active, b.model AS building, p.model AS previous, (
    SELECT min(w.models_paused->>(a.id::text)) FROM workers w
    WHERE seen_at BETWEEN now() - interval '10 seconds' AND now() + interval '10 seconds'
) AS paused_reason
FROM named l LEFT JOIN collections c USING (name)
LEFT JOIN models a ON a.id = coalesce(c.active_model_id,
    {DEFAULT_MODEL_OF.format(tenant="tenant_of(l.name)")})
LEFT JOIN models b ON b.id = c.building_model_id
LEFT JOIN models p ON p.id = c.previous_model_id
WHERE l.name IS NOT NULL ORDER BY l.name
"""
NAMED: LiteralString = f"""named AS (
    SELECT min(collection COLLATE "C") AS name, 1 AS number FROM documents
    WHERE {OF_TENANT.format(collection="collection")}
    UNION ALL
    SELECT (SELECT min(collection COLLATE "C") FROM documents
        WHERE collection COLLATE "C" > n.name AND collection COLLATE "C" < %(end_key)s), number + 1
    FROM named n WHERE n.name IS NOT NULL AND number < %(limit)s
)"""
"""A tenant's collections, as a part of WITH RECURSIVE. The last name may be NULL.

One index entry is read for each collection.
"""
_NAMED: LiteralString = f"WITH named AS (SELECT unnest(%s::text[]) AS name){_MODELS}"


async def of(
    connection: AsyncConnection, collections: Sequence[Collection]
) -> list[CollectionModels]:
    """Return some collections of one tenant, in no order."""
    return await fetch_all_async(connection, _collection, _NAMED, (list(collections),))


def _collection(
    *,
    name: str,
    active: dict[str, Any] | None,
    building: dict[str, Any] | None,
    previous: dict[str, Any] | None,
    paused_reason: str | None,
) -> CollectionModels:
    return CollectionModels(
        Collection.of_key(name).name,
        _summary(active),
        _summary(building),
        _summary(previous),
        paused_reason,
    )


def _summary(model: dict[str, Any] | None) -> ModelSummary | None:
    return ModelSummary(**model) if model else None

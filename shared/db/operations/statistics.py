"""Statistics: of one tenant for /v1/stats, of the whole system for /metrics."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import LiteralString

from shared.db.kit.fetch import fetch_one_async
from shared.db.kit.pool import AsyncConnection
from shared.db.kit.tenants import OF_TENANT, keys_of
from shared.db.models.roles import ACTIVE_JOBS, ACTIVE_MODEL_JOINS, DEFAULT_MODEL_OF
from shared.db.operations.workers import ALIVE
from shared.domain.documents.document import Lane
from shared.domain.operations.statistics import (
    RECENT_SECONDS,
    Backlog,
    Durations,
    Presence,
    ScalingAim,
    TenantStatistics,
    Totals,
    Waiting,
)
from shared.domain.refs import Tenant

NEWEST_MAX = "2000"
"""Of a tenant's events, so many are looked at."""

# Both limits matter: a clock that was set back leaves times in the future.
_DEFAULT_MODEL: LiteralString = DEFAULT_MODEL_OF.format(tenant="'default'")
_MODEL: LiteralString = DEFAULT_MODEL_OF.format(tenant="%(tenant)s::text")
_A_MINUTE_AGO: LiteralString = "now() - interval '1 minute'"

_PENDING: LiteralString = """
SELECT m.tenant, sum(counted.jobs)::bigint AS jobs FROM (
    SELECT model_id, count(*) AS jobs FROM jobs WHERE failed_at IS NULL GROUP BY model_id
) AS counted JOIN embedding_models m ON m.id = counted.model_id GROUP BY m.tenant
"""

# Read from the end of the tenant's events, so that its cost does not depend on others.
_BECAME_READY: LiteralString = f"""
        SELECT collection, id, version, created_at FROM (
            SELECT * FROM events
            WHERE tenant_of(collection) >= %(tenant)s AND tenant_of(collection) <= %(tenant)s
            ORDER BY tenant_of(collection) DESC, xid DESC, seq DESC LIMIT {NEWEST_MAX}
        ) AS newest
        WHERE status = 'ready' AND created_at BETWEEN {_A_MINUTE_AGO} AND now()"""

# Reads jobs but no documents, so it is cheap in a large database too.
_BACKLOG: LiteralString = f"""
WITH owed AS (
    SELECT lane, count(*) FILTER (WHERE failed_at IS NULL) AS pending,
        count(*) FILTER (WHERE failed_at IS NOT NULL) AS failed,
        extract(epoch FROM now() - min(queued_at) FILTER (WHERE failed_at IS NULL))::float8
            AS oldest
    FROM {ACTIVE_JOBS} GROUP BY lane
), lanes AS (
    SELECT lane, coalesce(pending, 0) AS pending, greatest(oldest, 0) AS oldest
    FROM unnest(%(lanes)s::text[]) AS lanes (lane) LEFT JOIN owed USING (lane)
), alive AS (
    SELECT paused_reason, count(*) AS workers FROM {ALIVE} GROUP BY paused_reason
)
SELECT
    (SELECT jsonb_object_agg(lane, pending) FROM lanes) AS pending,
    (SELECT jsonb_object_agg(lane, oldest) FROM lanes) AS oldest_seconds,
    wanted.tokens AS tokens_due, wanted.workers AS workers_wanted,
    coalesce((SELECT sum(failed) FROM owed), 0)::bigint AS failed,
    coalesce((SELECT jsonb_object_agg(tenant, jobs) FROM (
{_PENDING}    ) AS by_tenant), '{{}}') AS pending_by_tenant,
    (SELECT count(*) FROM events
        WHERE status = 'ready' AND created_at BETWEEN {_A_MINUTE_AGO} AND now())
        AS ready_last_minute,
    coalesce((SELECT sum(workers) FROM alive), 0)::bigint AS workers,
    coalesce((SELECT jsonb_object_agg(paused_reason, workers) FROM alive
        WHERE paused_reason IS NOT NULL), '{{}}') AS workers_paused,
    (SELECT count(*) FROM webhooks WHERE paused OR failures > 0) AS webhooks_failing
FROM (
    SELECT jsonb_object_agg(lane, tokens) AS tokens, jsonb_object_agg(lane, workers) AS workers
    FROM workers_wanted(%(target_seconds)s, %(model_slots)s)
) AS wanted
"""

# A tenant's jobs are those of its models. The indexes of jobs begin with the model, so what others
# have waiting costs nothing.
_OF_TENANT: LiteralString = f"""
WITH owed AS (
    SELECT lane, count(*) AS pending, extract(epoch FROM now() - min(queued_at))::float8 AS oldest
    FROM {ACTIVE_JOBS} WHERE m.tenant = %(tenant)s AND j.failed_at IS NULL GROUP BY lane
), lanes AS (
    SELECT lane, coalesce(pending, 0) AS pending, greatest(oldest, 0) AS oldest
    FROM unnest(%(lanes)s::text[]) AS lanes (lane) LEFT JOIN owed USING (lane)
), alive AS (
    SELECT paused_reason, count(*) AS workers FROM {ALIVE} GROUP BY paused_reason
)
SELECT
    (SELECT jsonb_object_agg(lane, pending) FROM lanes) AS pending,
    (SELECT jsonb_object_agg(lane, oldest) FROM lanes) AS oldest_seconds,
    (SELECT count(*) FROM {ACTIVE_JOBS}
        WHERE m.tenant = %(tenant)s AND j.failed_at IS NOT NULL) AS failed,
    coalesce((SELECT sum(workers) FROM alive), 0)::bigint AS workers,
    coalesce((SELECT jsonb_object_agg(paused_reason, workers) FROM alive
        WHERE paused_reason IS NOT NULL), '{{}}') AS workers_paused
"""

# Embeddings are counted, not events, because an edit of metadata also announces `ready`.
# Without a model, no document is ready, and there are no jobs.
_TOTALS: LiteralString = f"""
SELECT stored.documents,
    CASE WHEN m.id IS NULL THEN 0 ELSE stored.documents - owed.documents END AS ready,
    embedded.last_minute AS embedded_last_minute, embedded.recently AS embedded_recently,
    m.name AS model, m.digest, m.dimensions
FROM (
    SELECT count(*) AS documents FROM documents d
    WHERE {OF_TENANT.format(collection="d.collection")}
) AS stored
CROSS JOIN (
    SELECT count(*) AS last_minute,
        count(*) FILTER (WHERE embedded_at >= now() - interval '{RECENT_SECONDS} seconds')
            AS recently
    FROM embeddings e JOIN documents d ON d.key = e.document_key
    {ACTIVE_MODEL_JOINS}
    WHERE {OF_TENANT.format(collection="d.collection")}
      AND e.model_id = m.id AND embedded_at BETWEEN {_A_MINUTE_AGO} AND now()
) AS embedded
CROSS JOIN (
    SELECT count(*) AS documents FROM {ACTIVE_JOBS} WHERE m.tenant = %(tenant)s
) AS owed
LEFT JOIN embedding_models m ON m.id = {_MODEL}
"""

# `waiting` holds milliseconds from the write of a text until it was searchable, of the newest
# documents that became ready. A document that was written again is left out, because the time of
# its first write is no longer known.
_DURATIONS: LiteralString = f"""
SELECT ARRAY(
    SELECT greatest(0, extract(epoch FROM became_ready.created_at - d.updated_at))::float8 * 1000
    FROM ({_BECAME_READY}) AS became_ready
    JOIN documents d USING (collection, id)
    WHERE d.version = became_ready.version AND d.content_version = d.version
) AS waiting, ARRAY(
    SELECT unnest(embedding_ms) FROM {ALIVE}
) AS embedding
"""

_PRESENCE: LiteralString = f"""
SELECT m.name AS model, alive.workers, alive.paused, alive.paused_reason
FROM (
    SELECT count(*) AS workers, count(paused_reason) AS paused,
        max(paused_reason) AS paused_reason
    FROM {ALIVE}
) AS alive LEFT JOIN embedding_models m ON m.id = {_DEFAULT_MODEL}
"""


async def backlog(connection: AsyncConnection, aim: ScalingAim) -> Backlog:
    """Return the waiting work of all tenants, and the workers that it needs for an aim."""
    parameters = {"lanes": list(Lane), **asdict(aim)}
    return await fetch_one_async(connection, Backlog, _BACKLOG, parameters)


async def of_tenant(connection: AsyncConnection, tenant: Tenant) -> TenantStatistics:
    """Return a tenant's statistics. They agree in a snapshot. A million documents take a while."""
    parameters = {"lanes": list(Lane), **keys_of(tenant)}
    return TenantStatistics(
        await fetch_one_async(connection, Waiting, _OF_TENANT, parameters),
        await fetch_one_async(connection, Totals, _TOTALS, parameters),
        await fetch_one_async(connection, Durations, _DURATIONS, parameters),
    )


async def presence(connection: AsyncConnection) -> Presence:
    """Return the workers and the model, for readiness checks. This is cheap."""
    return await fetch_one_async(connection, Presence, _PRESENCE)


async def pending(connection: AsyncConnection) -> Mapping[Tenant, int]:
    """Return the number of pending jobs by tenant."""
    cursor = await connection.execute(_PENDING)
    return {Tenant(row["tenant"]): row["jobs"] for row in await cursor.fetchall()}

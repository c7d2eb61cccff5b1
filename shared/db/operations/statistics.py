"""Statistics of the whole system. /v1/stats and /metrics use the same statements."""

from typing import LiteralString

from shared.db.kit.fetch import fetch_one_async, fetch_value_async
from shared.db.kit.pool import AsyncConnection
from shared.db.models.roles import ACTIVE_JOBS, ACTIVE_MODEL_JOINS, DEFAULT_MODEL_OF
from shared.db.operations.workers import ALIVE
from shared.domain.documents.document import Lane
from shared.domain.operations.statistics import (
    RECENT_SECONDS,
    Backlog,
    Durations,
    Presence,
    SystemStatistics,
    Totals,
)

# Both limits matter: a clock that was set back leaves times in the future.
_DEFAULT_MODEL: LiteralString = DEFAULT_MODEL_OF.format(tenant="'default'")
_A_MINUTE_AGO: LiteralString = "now() - interval '1 minute'"

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
    coalesce((SELECT sum(failed) FROM owed), 0)::bigint AS failed,
    (SELECT count(*) FROM events
        WHERE status = 'ready' AND created_at BETWEEN {_A_MINUTE_AGO} AND now())
        AS ready_last_minute,
    coalesce((SELECT sum(workers) FROM alive), 0)::bigint AS workers,
    coalesce((SELECT jsonb_object_agg(paused_reason, workers) FROM alive
        WHERE paused_reason IS NOT NULL), '{{}}') AS workers_paused,
    (SELECT count(*) FROM webhooks WHERE paused OR failures > 0) AS webhooks_failing
"""

# Embeddings are counted, not events, because an edit of metadata also announces `ready`.
# Without a model, no document is ready, and there are no jobs.
_TOTALS: LiteralString = f"""
SELECT stored.documents,
    CASE WHEN m.id IS NULL THEN 0 ELSE stored.documents - owed.documents END AS ready,
    embedded.last_minute AS embedded_last_minute, embedded.recently AS embedded_recently,
    m.name AS model, m.digest, m.dimensions
FROM (SELECT count(*) AS documents FROM documents) AS stored
CROSS JOIN (
    SELECT count(*) AS last_minute,
        count(*) FILTER (WHERE embedded_at >= now() - interval '{RECENT_SECONDS} seconds')
            AS recently
    FROM embeddings e JOIN documents d ON d.key = e.document_key
    {ACTIVE_MODEL_JOINS}
    WHERE e.model_id = m.id AND embedded_at BETWEEN {_A_MINUTE_AGO} AND now()
) AS embedded
CROSS JOIN (SELECT count(*) AS documents FROM {ACTIVE_JOBS}) AS owed
LEFT JOIN embedding_models m ON m.id = {_DEFAULT_MODEL}
"""

# `waiting` holds milliseconds from the write of a text until it was searchable, of the newest
# thousand documents that became ready. A document that was written again is left out, because the
# time of its first write is no longer known.
_DURATIONS: LiteralString = f"""
SELECT ARRAY(
    SELECT greatest(0, extract(epoch FROM became_ready.created_at - d.updated_at))::float8 * 1000
    FROM (
        SELECT collection, id, version, created_at FROM events
        WHERE status = 'ready' AND created_at BETWEEN {_A_MINUTE_AGO} AND now()
        ORDER BY created_at DESC LIMIT 1000
    ) AS became_ready
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

_PENDING: LiteralString = """
SELECT count(*) FROM (SELECT FROM jobs WHERE failed_at IS NULL LIMIT %s) AS pending
"""


async def backlog(connection: AsyncConnection) -> Backlog:
    return await fetch_one_async(connection, Backlog, _BACKLOG, {"lanes": list(Lane)})


async def system_statistics(connection: AsyncConnection) -> SystemStatistics:
    """Return all statistics. They agree in a snapshot. This is slow with a million documents."""
    return SystemStatistics(
        await backlog(connection),
        await fetch_one_async(connection, Totals, _TOTALS),
        await durations(connection),
    )


async def durations(connection: AsyncConnection) -> Durations:
    return await fetch_one_async(connection, Durations, _DURATIONS)


async def presence(connection: AsyncConnection) -> Presence:
    """Return the workers and the model, for readiness checks. This is cheap."""
    return await fetch_one_async(connection, Presence, _PRESENCE)


async def pending(connection: AsyncConnection, enough: int) -> int:
    """Return the number of pending jobs, or `enough` if there are more."""
    return int(await fetch_value_async(connection, _PENDING, (enough,)))

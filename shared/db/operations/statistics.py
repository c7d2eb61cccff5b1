"""Figures of the whole system, read in one statement."""

from typing import Any, LiteralString

from shared.db.kit.pool import AsyncConnection
from shared.db.operations.workers import ALIVE

_ALIVE: LiteralString = f"""(
    SELECT count(*) AS workers, count(paused_reason) AS paused, max(paused_reason) AS paused_reason
    FROM {ALIVE}
) AS alive"""


async def snapshot(connection: AsyncConnection) -> dict[str, Any]:
    """Return counts by status and lane, ages, the last minute's work, model and workers.

    The work is what was embedded: an edit of metadata is announced as ready too, and costs none.
    """
    cursor = await connection.execute(
        f"""
        SELECT stored.total, embedded.total - owed.embedded AS ready, owed.*,
            embedded.last_minute AS embedded_last_minute, m.name AS model, m.digest, m.dimensions,
            alive.workers, alive.paused, alive.paused_reason
        FROM (SELECT count(*) AS total FROM documents) AS stored
        CROSS JOIN (
            SELECT count(*) AS total,
                count(*) FILTER (WHERE embedded_at > now() - interval '1 minute') AS last_minute
            FROM embeddings JOIN embedding_models m ON m.id = model_id AND m.state = 'active'
        ) AS embedded
        CROSS JOIN (
            SELECT
                count(*) FILTER (WHERE EXISTS (SELECT FROM embeddings e
                    WHERE e.document_key = j.document_key AND e.model_id = j.model_id))
                    AS embedded,
                count(*) FILTER (WHERE failed_at IS NULL AND lane = 'interactive') AS interactive,
                count(*) FILTER (WHERE failed_at IS NULL AND lane = 'bulk') AS bulk,
                count(*) FILTER (WHERE failed_at IS NOT NULL) AS failed,
                extract(epoch FROM now() - min(queued_at) FILTER (WHERE failed_at IS NULL))::float8
                    AS oldest_pending_seconds
            FROM jobs j JOIN embedding_models m ON m.id = model_id AND m.state = 'active'
        ) AS owed
        CROSS JOIN {_ALIVE}
        LEFT JOIN embedding_models m ON m.state = 'active'
        """
    )
    row = await cursor.fetchone()
    assert row is not None
    return row


async def pending(connection: AsyncConnection, enough: int) -> int:
    """Count the jobs that are neither done nor given up, but no further than `enough`."""
    cursor = await connection.execute(
        "SELECT count(*) AS pending FROM"
        " (SELECT FROM jobs WHERE failed_at IS NULL LIMIT %s) AS owed",
        (enough,),
    )
    row = await cursor.fetchone()
    assert row is not None
    return int(row["pending"])


async def durations(connection: AsyncConnection) -> dict[str, list[float]]:
    """Return the milliseconds that things took in the last minute.

    `waiting`: the newest thousand that became ready, each from the writing of its text on;
    `embedding`: the live workers' calls of the model. A document that was written again
    meanwhile no longer tells how long it waited.
    """
    cursor = await connection.execute(
        f"""
        SELECT ARRAY(
            SELECT extract(epoch FROM made.created_at - d.updated_at)::float8 * 1000
            FROM (
                SELECT collection, id, version, created_at FROM events
                WHERE status = 'ready' AND created_at > now() - interval '1 minute'
                ORDER BY created_at DESC LIMIT 1000
            ) AS made
            JOIN documents d USING (collection, id)
            WHERE d.version = made.version AND d.content_version = d.version
        ) AS waiting, ARRAY(
            SELECT unnest(embedding_ms) FROM {ALIVE}
        ) AS embedding
        """
    )
    row = await cursor.fetchone()
    assert row is not None
    return row


async def ping(connection: AsyncConnection) -> dict[str, Any]:
    """Return the active model and the live workers: what readiness needs, cheaply."""
    cursor = await connection.execute(
        f"""
        SELECT m.name AS model, m.dimensions, alive.workers, alive.paused, alive.paused_reason
        FROM {_ALIVE} LEFT JOIN embedding_models m ON m.state = 'active'
        """
    )
    row = await cursor.fetchone()
    assert row is not None
    return row

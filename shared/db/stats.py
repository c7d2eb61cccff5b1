"""Figures of the whole system, read in one statement."""

from typing import Any

from shared.db.pool import AsyncConnection


async def snapshot(connection: AsyncConnection) -> dict[str, Any]:
    """Return counts by status and lane, ages, the rate of the last minute, model and workers."""
    cursor = await connection.execute(
        """
        SELECT stored.total, owed.*, made.ready_last_minute, m.name AS model, m.digest,
            m.dimensions, alive.workers, alive.paused_reason
        FROM (SELECT count(*) AS total FROM documents) AS stored
        CROSS JOIN (
            SELECT
                count(*) FILTER (WHERE failed_at IS NULL AND lane = 'interactive') AS interactive,
                count(*) FILTER (WHERE failed_at IS NULL AND lane = 'bulk') AS bulk,
                count(*) FILTER (WHERE failed_at IS NOT NULL) AS failed,
                extract(epoch FROM now() - min(queued_at) FILTER (WHERE failed_at IS NULL))::float8
                    AS oldest_pending_seconds
            FROM jobs JOIN embedding_models m ON m.id = model_id AND m.state = 'active'
        ) AS owed
        CROSS JOIN (
            SELECT count(*) AS ready_last_minute FROM events
            WHERE status = 'ready' AND created_at > now() - interval '1 minute'
        ) AS made
        CROSS JOIN (
            SELECT count(*) AS workers, max(paused_reason) AS paused_reason FROM workers
            WHERE seen_at > now() - interval '10 seconds'
        ) AS alive
        LEFT JOIN embedding_models m ON m.state = 'active'
        """
    )
    row = await cursor.fetchone()
    assert row is not None
    return row


async def ping(connection: AsyncConnection) -> dict[str, Any]:
    """Return the active model and the live workers: what readiness needs, cheaply."""
    cursor = await connection.execute(
        """
        SELECT m.name AS model, m.dimensions, alive.workers, alive.paused_reason
        FROM (
            SELECT count(*) AS workers, max(paused_reason) AS paused_reason FROM workers
            WHERE seen_at > now() - interval '10 seconds'
        ) AS alive LEFT JOIN embedding_models m ON m.state = 'active'
        """
    )
    row = await cursor.fetchone()
    assert row is not None
    return row

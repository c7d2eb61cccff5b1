"""How much waits, for how long, and who works on it: what is watched, in one cheap statement."""

from shared.db.kit.pool import AsyncConnection
from shared.db.operations.workers import ALIVE
from shared.domain.documents.document import Lane
from shared.domain.operations.statistics import Backlog


async def read(connection: AsyncConnection) -> Backlog:
    """Return the backlog of the active model; it looks at jobs, never at documents."""
    cursor = await connection.execute(
        f"""
        WITH owed AS (
            SELECT lane, count(*) FILTER (WHERE failed_at IS NULL) AS pending,
                count(*) FILTER (WHERE failed_at IS NOT NULL) AS failed,
                extract(epoch FROM now() - min(queued_at) FILTER (WHERE failed_at IS NULL))::float8
                    AS oldest
            FROM jobs j JOIN embedding_models m ON m.id = j.model_id AND m.state = 'active'
            GROUP BY lane
        ), alive AS (
            SELECT paused_reason, count(*) AS workers FROM {ALIVE} GROUP BY paused_reason
        )
        SELECT coalesce((SELECT jsonb_object_agg(lane, pending) FROM owed), '{{}}') AS pending,
            coalesce((SELECT jsonb_object_agg(lane, oldest) FROM owed WHERE pending > 0), '{{}}')
                AS oldest,
            coalesce((SELECT sum(failed) FROM owed), 0)::bigint AS failed,
            (SELECT count(*) FROM events
                WHERE status = 'ready' AND created_at > now() - interval '1 minute') AS ready,
            coalesce((SELECT sum(workers) FROM alive), 0)::bigint AS workers,
            coalesce((SELECT jsonb_object_agg(paused_reason, workers) FROM alive
                WHERE paused_reason IS NOT NULL), '{{}}') AS paused,
            (SELECT count(*) FROM webhooks WHERE paused OR failures > 0) AS webhooks_failing
        """
    )
    row = await cursor.fetchone()
    assert row is not None
    return Backlog(
        pending={lane: row["pending"].get(lane, 0) for lane in Lane},
        oldest_seconds={lane: max(0.0, row["oldest"].get(lane, 0.0)) for lane in Lane},
        failed=row["failed"],
        ready_last_minute=row["ready"],
        workers=row["workers"],
        workers_paused=row["paused"],
        webhooks_failing=row["webhooks_failing"],
    )

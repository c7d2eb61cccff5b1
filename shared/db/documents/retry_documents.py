"""Make failed documents pending again."""

from collections import Counter
from typing import NamedTuple

from shared.db.kit.fetch import fetch_one_async
from shared.db.kit.pool import AsyncConnection
from shared.db.kit.tenants import is_within, within_parameters
from shared.db.models.roles import ACTIVE_MODEL_OF
from shared.domain.documents.document import Lane
from shared.domain.refs import Collection, Tenant

RETRY_MAX = 5000
"""A single statement retries at most this many documents, so that it stays within its timeout."""

# The documents are locked in the order in which writes lock them, which rules out deadlocks.
_RETRY = f"""
WITH failed AS MATERIALIZED (
    SELECT j.document_key AS key FROM jobs j JOIN documents d ON d.key = j.document_key
    WHERE j.failed_at IS NOT NULL AND j.document_key > %(after)s
      AND {{within}}
      AND (%(id)s::text IS NULL OR d.id = %(id)s)
    ORDER BY j.document_key LIMIT %(limit)s
), locked AS MATERIALIZED (
    SELECT d.key FROM documents d WHERE d.key = ANY(ARRAY(SELECT key FROM failed))
    ORDER BY d.collection, d.id FOR SHARE
), retried AS (
    UPDATE jobs j
    SET failed_at = NULL, attempts = 0, available_at = now(), queued_at = now()
    FROM locked JOIN documents d ON d.key = locked.key
    WHERE j.document_key = locked.key AND j.failed_at IS NOT NULL
    RETURNING d.collection, d.id, d.version, j.lane, j.model_id
), announced AS (
    INSERT INTO events (collection, id, status, version)
    SELECT collection, id, 'pending', version FROM retried
    WHERE model_id = {ACTIVE_MODEL_OF.format(collection="retried.collection")}
)
SELECT (SELECT max(key) FROM failed HAVING count(*) = %(limit)s) AS last,
    (SELECT jsonb_object_agg(lane, count) FROM (
        SELECT lane, count(*) FROM retried
        WHERE model_id = {ACTIVE_MODEL_OF.format(collection="retried.collection")} GROUP BY lane
    ) AS counted) AS lanes
"""


class Retried(NamedTuple):
    """The number of retried documents by lane, and the key to continue `after`, None at the end."""

    lanes: Counter[Lane]
    last: int | None


async def retry_failed(
    connection: AsyncConnection,
    within: Collection | Tenant,
    id_: str | None = None,
    after: int = 0,
) -> Retried:
    """Make up to RETRY_MAX failed documents pending again. Their errors are kept."""
    condition = is_within("d.collection", within)
    parameters = {**within_parameters(within), "id": id_, "after": after, "limit": RETRY_MAX}
    statement = _RETRY.format(within=condition)
    return await fetch_one_async(connection, _retried, statement, parameters)


def _retried(last: int | None, lanes: dict[str, int] | None) -> Retried:
    return Retried(Counter({Lane(lane): count for lane, count in (lanes or {}).items()}), last)

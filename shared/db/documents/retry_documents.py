"""Make failed documents pending again."""

from collections import Counter
from typing import LiteralString, NamedTuple

from shared.db.events.telling import TELL
from shared.db.kit.fetch import fetch_one_async
from shared.db.kit.pool import AsyncConnection
from shared.db.kit.short_waits import waiting_shortly
from shared.db.kit.tenants import is_within, within_parameters
from shared.db.models.roles import ACTIVE_MODEL_OF
from shared.domain.documents.document import Lane
from shared.domain.errors import TooBusy
from shared.domain.refs import Collection, Tenant

RETRY_MAX = 5000
"""A single statement retries at most this many documents, so that it stays within its timeout."""

# The roles of the models are locked first, as by a worker that stores: who swaps them tells of
# failed documents, too. The documents are locked in the order in which writes lock them, which
# rules out deadlocks.
_LOCK = """
WITH failed AS MATERIALIZED (
    SELECT j.document_key AS key FROM jobs j JOIN documents d ON d.key = j.document_key
    WHERE j.failed_at IS NOT NULL AND j.document_key > %(after)s
      AND {within}
      AND (%(id)s::text IS NULL OR d.id = %(id)s)
    ORDER BY j.document_key LIMIT %(limit)s
), roles AS MATERIALIZED (
    SELECT FROM collections WHERE name IN (
        SELECT collection FROM documents WHERE key = ANY(ARRAY(SELECT key FROM failed))
    ) ORDER BY name FOR SHARE
), locked AS MATERIALIZED (
    SELECT d.key FROM documents d
    WHERE d.key = ANY(ARRAY(SELECT key FROM failed)) AND (SELECT count(*) >= 0 FROM roles)
    ORDER BY d.collection, d.id FOR SHARE
)
SELECT ARRAY(SELECT key FROM locked) AS keys,
    (SELECT max(key) FROM failed HAVING count(*) = %(limit)s) AS last
"""
_RETRY: LiteralString = f"""
WITH retried AS (
    UPDATE jobs j
    SET failed_at = NULL, attempts = 0, available_at = now(), queued_at = now()
    FROM documents d
    WHERE j.document_key = ANY(%s) AND d.key = j.document_key AND j.failed_at IS NOT NULL
    RETURNING d.collection, d.id, d.version, j.lane, j.model_id
), changed AS MATERIALIZED (
    SELECT collection, id, version, lane FROM retried
    WHERE model_id = {ACTIVE_MODEL_OF.format(collection="retried.collection")}
), announced AS (
    {TELL.format(changed="changed", status="'pending'")}
)
SELECT lane, count(*) AS count FROM changed GROUP BY lane
"""
_BUSY = "The documents or the roles of their models are being changed. Try again."


class _Locked(NamedTuple):
    keys: list[int]
    last: int | None


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
    """Make up to RETRY_MAX failed documents pending again. Their errors are kept.

    Raises TooBusy if a cut-over, or an edit of one of them, takes long.
    """
    condition = is_within("d.collection", within)
    parameters = {**within_parameters(within), "id": id_, "after": after, "limit": RETRY_MAX}
    async with connection.transaction():
        async with waiting_shortly(connection, TooBusy(_BUSY, 1.0)):
            statement = _LOCK.format(within=condition)
            locked = await fetch_one_async(connection, _Locked, statement, parameters)
        cursor = await connection.execute(_RETRY, (locked.keys,))
        lanes = {Lane(row["lane"]): row["count"] for row in await cursor.fetchall()}
    return Retried(Counter(lanes), locked.last)

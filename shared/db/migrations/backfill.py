"""The queue of stored documents that a migration embeds, and what is left of it.

The queue is kept short, so that it can be paused at once and does not swell the table of jobs.
"""

from dataclasses import dataclass
from typing import Any, LiteralString

from shared.db.kit.fetch import fetch_one, fetch_value
from shared.db.kit.pool import Connection
from shared.db.models.roles import FLOW_OF_COLLECTION
from shared.db.tables.job_flow import FLOW
from shared.domain.models.migration import Migration

QUEUE_MAX = 5000
BATCH_DOCUMENTS = 5000
"""A statement looks at so many documents at most."""

_IN_COLLECTION: LiteralString = (
    f"{FLOW_OF_COLLECTION.format(flow='j.flow')} = "
    "(SELECT flow FROM collections WHERE name = %(collection)s)"
)
# Those who write get their lock on the table before their snapshot. So whoever holds none now will
# see the roles as they are now.
_OLD_WRITERS: LiteralString = """
SELECT array_agg(virtualtransaction) FROM pg_locks
WHERE relation = 'documents'::regclass AND mode = 'RowExclusiveLock' AND pid <> pg_backend_pid()
"""
_STILL_WRITING: LiteralString = """
SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'virtualxid' AND virtualtransaction = ANY(%s))
"""
_QUEUED: LiteralString = f"""
SELECT count(*) FROM jobs j
WHERE model_id = %(model)s AND lane = 'backfill' AND failed_at IS NULL AND {_IN_COLLECTION}
"""
# A document that is written meanwhile gets its job from the write. KEY SHARE keeps it from being
# deleted before the job refers to it.
_QUEUE_MORE: LiteralString = f"""
WITH next AS MATERIALIZED (
    SELECT key FROM documents
    WHERE collection = %(collection)s AND key > %(after)s ORDER BY key LIMIT %(limit)s
), missing AS MATERIALIZED (
    SELECT d.* FROM documents d
    WHERE d.key = ANY(ARRAY(SELECT key FROM next))
      AND NOT EXISTS (
          SELECT FROM embeddings e WHERE e.document_key = d.key AND e.model_id = %(model)s
            AND e.content_hash = d.content_hash)
      AND NOT EXISTS (
          SELECT FROM jobs j WHERE j.document_key = d.key AND j.model_id = %(model)s)
    FOR KEY SHARE
), queued AS (
    INSERT INTO jobs (document_key, model_id, version, lane, flow)
    SELECT d.key, %(model)s, d.content_version, 'backfill', {FLOW} FROM missing d
    ON CONFLICT DO NOTHING RETURNING 1
)
SELECT (SELECT max(key) FROM next) AS last, (SELECT count(*) FROM queued) AS queued
"""
_UNQUEUE: LiteralString = f"""
DELETE FROM jobs j
WHERE model_id = %(model)s AND lane = 'backfill' AND failed_at IS NULL
  AND lease_until IS NULL AND {_IN_COLLECTION}
"""
_PROGRESS: LiteralString = f"""
SELECT stored.total, stored.unseen + owed.pending AS pending, owed.failed, owed.queued,
    greatest(0, stored.total - stored.unseen - owed.pending - owed.failed) AS embedded
FROM (
    SELECT count(*) AS total, count(*) FILTER (WHERE key > %(after)s) AS unseen
    FROM documents WHERE collection = %(collection)s
) AS stored, (
    SELECT count(*) FILTER (WHERE failed_at IS NULL) AS pending,
        count(*) FILTER (WHERE failed_at IS NOT NULL) AS failed,
        count(*) FILTER (WHERE failed_at IS NULL AND lane = 'backfill') AS queued
    FROM jobs j WHERE model_id = %(model)s AND {_IN_COLLECTION}
) AS owed
"""
_REASONS: LiteralString = f"""
SELECT coalesce(jsonb_object_agg(error_code, failed), '{{}}') FROM (
    SELECT error_code, count(*) AS failed FROM jobs j
    WHERE model_id = %(model)s AND failed_at IS NOT NULL AND {_IN_COLLECTION} GROUP BY error_code
) AS counted
"""


@dataclass(frozen=True, slots=True)
class Counts:
    """The documents of a collection under the new model. `queued` ones are among the pending."""

    total: int
    pending: int
    failed: int
    queued: int
    embedded: int


@dataclass(frozen=True, slots=True)
class Queued:
    """The last document that was looked at, None if there was none, and how many were queued."""

    last: int | None
    queued: int


def writers(connection: Connection) -> list[str]:
    """Return the transactions that may write documents without knowing the roles of now."""
    return fetch_value(connection, _OLD_WRITERS) or []


def are_writing(connection: Connection, transactions: list[str]) -> bool:
    """Return whether one of the transactions has not ended."""
    return bool(fetch_value(connection, _STILL_WRITING, (transactions,)))


def queue_more(connection: Connection, migration: Migration) -> Queued:
    """Queue the next documents that the new model has not embedded."""
    parameters = {
        **_parameters(migration),
        "after": migration.filled_to,
        "limit": BATCH_DOCUMENTS,
    }
    return fetch_one(connection, Queued, _QUEUE_MORE, parameters)


def queued(connection: Connection, migration: Migration) -> int:
    """Return how many documents wait in the queue."""
    return int(fetch_value(connection, _QUEUED, _parameters(migration)))


def unqueue(connection: Connection, migration: Migration) -> None:
    """Empty the queue, except for what workers embed at the moment."""
    connection.execute(_UNQUEUE, _parameters(migration))


def counts(connection: Connection, migration: Migration) -> Counts:
    parameters = {**_parameters(migration), "after": migration.filled_to}
    return fetch_one(connection, Counts, _PROGRESS, parameters)


def failure_reasons(connection: Connection, migration: Migration) -> dict[str, int]:
    """Return how many documents failed under the new model, by the code of their error."""
    return dict(fetch_value(connection, _REASONS, _parameters(migration)))


def _parameters(migration: Migration) -> dict[str, Any]:
    return {"collection": migration.collection, "model": migration.to_model.id}

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
BATCH_DOCUMENTS = 500
"""A statement looks at so many documents at most, and locks them for a moment."""

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
# The documents are locked in the order in which writes lock them, before their jobs. So the two
# cannot deadlock, and a document that is written meanwhile has its job from the write.
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
    ORDER BY d.collection, d.id FOR NO KEY UPDATE
), queued AS (
    INSERT INTO jobs (document_key, model_id, version, lane, flow)
    SELECT d.key, %(model)s, d.content_version, 'backfill', {FLOW} FROM missing d
    ON CONFLICT DO NOTHING RETURNING 1
)
SELECT (SELECT max(key) FROM next) AS last, (SELECT count(*) FROM queued) AS queued
"""
# A job that is locked is being claimed, ended or given a new text.
_UNQUEUE: LiteralString = f"""
WITH waiting AS MATERIALIZED (
    SELECT document_key FROM jobs j
    WHERE model_id = %(model)s AND lane = 'backfill' AND failed_at IS NULL
      AND lease_until IS NULL AND {_IN_COLLECTION}
      AND EXISTS (SELECT FROM documents d
          WHERE d.key = j.document_key AND d.collection = %(collection)s)
    FOR UPDATE SKIP LOCKED
)
DELETE FROM jobs j USING waiting
WHERE j.model_id = %(model)s AND j.document_key = waiting.document_key
"""
_PROGRESS: LiteralString = f"""
SELECT stored.total, stored.embedded, owed.failed,
    greatest(0, stored.total - stored.embedded - owed.failed) AS pending
FROM (
    SELECT count(*) AS total, count(e.document_key) AS embedded
    FROM documents d LEFT JOIN embeddings e
        ON e.document_key = d.key AND e.model_id = %(model)s AND e.content_hash = d.content_hash
    WHERE d.collection = %(collection)s
) AS stored, (
    SELECT count(*) AS failed FROM jobs j
    WHERE model_id = %(model)s AND failed_at IS NOT NULL AND {_IN_COLLECTION}
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
    """The documents of a collection under the new model."""

    total: int
    embedded: int
    failed: int
    pending: int


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
    return fetch_one(connection, Counts, _PROGRESS, _parameters(migration))


def failure_reasons(connection: Connection, migration: Migration) -> dict[str, int]:
    """Return how many documents failed under the new model, by the code of their error."""
    return dict(fetch_value(connection, _REASONS, _parameters(migration)))


def _parameters(migration: Migration) -> dict[str, Any]:
    return {"collection": migration.collection, "model": migration.to_model.id}

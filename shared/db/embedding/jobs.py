"""End jobs: store, fail or release. Each is one short transaction without a model call.

A transaction that ends a lease first locks its documents in the order in which writes lock them,
(collection, id). So the two cannot deadlock.
"""

from collections.abc import Mapping, Sequence
from typing import LiteralString

from shared.db.documents import sent_vectors
from shared.db.embedding import chunks
from shared.db.embedding.models_with_jobs import HAS_DUE, HAS_LEASED, MODELS
from shared.db.events import events
from shared.db.events.telling import TELL
from shared.db.kit.fetch import fetch_value
from shared.db.kit.pool import Connection
from shared.db.models.roles import ACTIVE_MODEL_OF
from shared.domain.documents.document import Lane
from shared.domain.embedding.jobs import Claim, FailedAttempt, Job, NewChunk
from shared.domain.refs import DocumentRef

# The lock on the collection keeps the roles of its models until the transaction ends. It comes
# first, because a cut-over may hold it for a while, and edits must not wait for that.
_LOCK_DOCUMENTS: LiteralString = """
WITH roles AS MATERIALIZED (
    SELECT FROM collections
    WHERE name IN (SELECT collection FROM documents WHERE key = ANY(%(keys)s)) FOR SHARE
), locked AS (SELECT count(*) AS collections FROM roles)
SELECT FROM documents
WHERE key = ANY(%(keys)s) AND (SELECT collections >= 0 FROM locked)
ORDER BY collection, id FOR SHARE
"""
_IS_ACTIVE: LiteralString = f"%(model)s = {ACTIVE_MODEL_OF.format(collection='{collection}')}"
"""Searches use the model. Only its jobs decide the status of a document."""
# A job is ended only if the claim still holds its lease and the document still has the text that
# was embedded.
END: LiteralString = f"""
WITH done AS (
    SELECT * FROM unnest(%(keys)s::bigint[], %(hashes)s::bytea[], %(chunks)s::int[])
        AS done (key, content_hash, chunks)
), ended AS (
    DELETE FROM jobs j USING done, documents d
    WHERE j.document_key = done.key AND j.model_id = %(model)s
      AND j.lease_token = %(token)s
      AND d.key = done.key AND d.content_hash = done.content_hash
    RETURNING d.key, d.collection, d.id, d.version, d.content_version, done.content_hash,
        done.chunks, {_IS_ACTIVE.format(collection="d.collection")} AS is_active
), embedded AS (
    INSERT INTO embeddings AS e (document_key, model_id, version, content_hash, chunks)
    SELECT key, %(model)s, content_version, content_hash, chunks FROM ended
    ON CONFLICT (document_key, model_id) DO UPDATE SET version = excluded.version,
        content_hash = excluded.content_hash, chunks = excluded.chunks,
        embedded_at = now()
), announced AS (
    {TELL.format(changed="ended WHERE is_active", status="'ready'")}
)
SELECT key, is_active FROM ended
"""
# A delay of NULL means that the job has failed for good.
_FAIL: LiteralString = f"""
WITH failed AS (
    SELECT * FROM unnest(%(keys)s::bigint[], %(codes)s::text[], %(messages)s::text[],
        %(delays)s::float8[]) AS f (key, code, message, delay)
), counted AS (
    UPDATE jobs j SET attempts = j.attempts + 1, lease_until = NULL,
        lease_token = NULL, error_code = f.code, error_message = f.message,
        available_at = now() + make_interval(secs => coalesce(f.delay, 0)),
        failed_at = CASE WHEN f.delay IS NULL THEN now() END
    FROM failed f WHERE j.document_key = f.key AND j.model_id = %(model)s
      AND j.lease_token = %(token)s
    RETURNING j.document_key, j.failed_at
), changed AS (
    SELECT d.collection, d.id, d.version
    FROM counted c JOIN documents d ON d.key = c.document_key
    WHERE c.failed_at IS NOT NULL AND {_IS_ACTIVE.format(collection="d.collection")}
)
{TELL.format(changed="changed", status="'failed'")} RETURNING collection, id
"""
_RELEASE: LiteralString = """
UPDATE jobs SET lease_until = NULL, lease_token = NULL
WHERE lease_token = %s AND model_id = %s AND document_key = ANY(%s)
"""
_ARE_LEASED: LiteralString = """
SELECT EXISTS (SELECT FROM jobs WHERE model_id = %s AND lane = %s AND lease_until >= now())
"""
_STALLED: LiteralString = f"""
WITH RECURSIVE {MODELS}
SELECT lane, array_agg(model_id) AS model_ids
FROM unnest(%(lanes)s::text[]) AS lanes (lane) CROSS JOIN models
WHERE {HAS_DUE.format(lane="lanes.lane")} AND NOT EXISTS (
    SELECT FROM models WHERE {HAS_LEASED.format(lane="lanes.lane")}
)
GROUP BY lane
"""


def store(
    connection: Connection, claimed: Claim, done: Sequence[tuple[Job, Sequence[NewChunk]]]
) -> Mapping[Job, bool]:
    """Replace the chunks of each document and delete its job.

    Return the jobs that were ended, each with whether searches use the model. A document that was
    changed, deleted or claimed again in the meantime is left as it is.
    """
    keys = [job.key for job, _ in done]
    with connection.transaction():
        _lock_documents(connection, keys)
        ended = _end(connection, claimed, done)
        embedded = [(job.key, new) for job, new in done if job.key in ended]
        chunks.replace(connection, claimed.model_id, embedded)
        _end_sent_vectors(connection, embedded, done)
        events.notify(connection)
    return {job: ended[job.key] for job, _ in done if job.key in ended}


def _end_sent_vectors(
    connection: Connection,
    embedded: Sequence[tuple[int, Sequence[NewChunk]]],
    done: Sequence[tuple[Job, Sequence[NewChunk]]],
) -> None:
    keys = [job.key for job, _ in done if job.has_vectors]
    if keys:
        used = [key for key, new in embedded if any(chunk.sent for chunk in new)]
        sent_vectors.end(connection, keys, used)


def _end(
    connection: Connection, claimed: Claim, done: Sequence[tuple[Job, Sequence[NewChunk]]]
) -> dict[int, bool]:
    parameters = {
        "keys": [job.key for job, _ in done],
        "hashes": [job.content_hash for job, _ in done],
        "chunks": [len(new) for _, new in done],
        "model": claimed.model_id,
        "token": claimed.token,
    }
    return {row["key"]: row["is_active"] for row in connection.execute(END, parameters)}


def fail(
    connection: Connection, claimed: Claim, failed: Sequence[FailedAttempt]
) -> list[DocumentRef]:
    """Count an attempt against each document. Schedule its next one, or mark it as failed.

    Return the documents that have failed, if searches use the model.
    """
    parameters = {
        "keys": [failure.job.key for failure in failed],
        "codes": [failure.code for failure in failed],
        "messages": [failure.message for failure in failed],
        "delays": [failure.delay_seconds for failure in failed],
        "model": claimed.model_id,
        "token": claimed.token,
    }
    with connection.transaction():
        _lock_documents(connection, [failure.job.key for failure in failed])
        announced = connection.execute(_FAIL, parameters).fetchall()
        events.notify(connection)
    return [DocumentRef.of_row(**row) for row in announced]


def release(connection: Connection, claimed: Claim) -> None:
    """End the lease of the jobs that the claim still holds. No attempt is counted."""
    keys = [job.key for job in claimed.jobs]
    with connection.transaction():
        _lock_documents(connection, keys)
        connection.execute(_RELEASE, (claimed.token, claimed.model_id, keys))


def stalled_lanes(connection: Connection) -> dict[Lane, list[int]]:
    """Return the lanes that have due jobs but no leased one, with the models of the due ones."""
    rows = connection.execute(_STALLED, {"lanes": list(Lane)})
    return {Lane(row["lane"]): row["model_ids"] for row in rows}


def are_leased(connection: Connection, model_id: int, lane: Lane) -> bool:
    """Return whether a worker embeds documents of the lane under the model."""
    return bool(fetch_value(connection, _ARE_LEASED, (model_id, lane)))


def _lock_documents(connection: Connection, keys: list[int]) -> None:
    connection.execute(_LOCK_DOCUMENTS, {"keys": keys})

"""Lease due jobs. A claim is one short transaction that ends before the model is called."""

from collections.abc import Mapping
from typing import Any, LiteralString
from uuid import UUID, uuid4

from shared.db.kit.pool import Connection
from shared.domain.documents.document import Lane
from shared.domain.embedding.jobs import Claim, ClaimLimits, Job
from shared.domain.refs import DocumentRef

# SKIP LOCKED lets workers claim side by side. A lease that has expired is taken over. The first
# job is leased whatever its size, the others while they stay below the limit of bytes.
LEASE: LiteralString = """
WITH due AS MATERIALIZED (
    SELECT document_key, available_at, lease_until IS NOT NULL AS taken_over FROM jobs
    WHERE model_id = %(model)s AND lane = %(lane)s AND failed_at IS NULL
      AND available_at <= now() AND (lease_until IS NULL OR lease_until < now())
    ORDER BY available_at LIMIT %(documents)s FOR UPDATE SKIP LOCKED
), measured AS (
    SELECT due.*, row_number() OVER oldest AS number, count(*) OVER () AS found,
        sum(octet_length(d.content)) OVER oldest AS total_bytes
    FROM due JOIN documents d ON d.key = due.document_key
    WINDOW oldest AS (ORDER BY due.available_at, due.document_key)
), taken AS (
    SELECT *, found = %(documents)s OR count(*) OVER () < found AS more FROM measured
    WHERE number = 1 OR total_bytes <= %(bytes)s
)
UPDATE jobs j SET lease_until = now() + make_interval(secs => %(lease)s),
    lease_token = %(token)s
FROM taken WHERE j.document_key = taken.document_key AND j.model_id = %(model)s
RETURNING j.document_key, j.attempts, taken.taken_over, taken.more,
    extract(epoch FROM now() - j.queued_at)::float8 AS waited_seconds
"""
_READ: LiteralString = """
SELECT d.key, d.collection, d.id, d.title, d.content, d.content_hash,
    e.document_key IS NOT NULL AS has_chunks
FROM documents d
LEFT JOIN embeddings e ON e.document_key = d.key AND e.model_id = %(model)s
WHERE d.key = ANY(%(keys)s)
"""
# Jobs that are locked are being ended or given a new text, so their leases are not renewed.
_RENEW: LiteralString = """
WITH held AS (
    SELECT document_key FROM jobs
    WHERE lease_token = %(token)s AND model_id = %(model)s
      AND document_key = ANY(%(keys)s)
    FOR UPDATE SKIP LOCKED
)
UPDATE jobs j SET lease_until = now() + make_interval(secs => %(lease)s)
FROM held WHERE j.document_key = held.document_key AND j.model_id = %(model)s
"""

Leased = Mapping[int, Mapping[str, Any]]


def claim(
    connection: Connection, model_id: int, lane: Lane, limits: ClaimLimits, lease_seconds: float
) -> Claim:
    """Lease due jobs of a lane, the longest due first."""
    token = uuid4()
    with connection.transaction():
        leased = _lease(connection, model_id, lane, limits, lease_seconds, token)
        jobs = _read(connection, model_id, leased) if leased else ()
    return Claim(
        token,
        model_id,
        jobs,
        taken_over=sum(row["taken_over"] for row in leased.values()),
        more=any(row["more"] for row in leased.values()),
    )


def _lease(
    connection: Connection,
    model_id: int,
    lane: Lane,
    limits: ClaimLimits,
    lease_seconds: float,
    token: UUID,
) -> Leased:
    parameters = {
        "model": model_id,
        "lane": lane,
        "documents": limits.documents,
        "bytes": limits.content_bytes,
        "lease": lease_seconds,
        "token": token,
    }
    return {row["document_key"]: row for row in connection.execute(LEASE, parameters)}


def _read(connection: Connection, model_id: int, leased: Leased) -> tuple[Job, ...]:
    """Read the leased documents in a separate statement, which has a later snapshot.

    A later change of the text ends the lease. So `store` either finds the text that is read here
    or stores nothing.
    """
    rows = connection.execute(_READ, {"model": model_id, "keys": list(leased)})
    return tuple(_job(row, leased[row["key"]]) for row in rows)


def _job(row: Mapping[str, Any], leased: Mapping[str, Any]) -> Job:
    return Job(
        key=row["key"],
        ref=DocumentRef(row["collection"], row["id"]),
        title=row["title"],
        content=row["content"],
        content_hash=row["content_hash"],
        has_chunks=row["has_chunks"],
        attempts=leased["attempts"],
        waited_seconds=leased["waited_seconds"],
    )


def renew(connection: Connection, claimed: Claim, lease_seconds: float) -> bool:
    """Extend the lease of a claim's jobs. Return False if it has lost all of them."""
    parameters = {
        "token": claimed.token,
        "model": claimed.model_id,
        "keys": [job.key for job in claimed.jobs],
        "lease": lease_seconds,
    }
    return connection.execute(_RENEW, parameters).rowcount > 0

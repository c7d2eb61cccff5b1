"""Claims: due jobs under a lease. A claim is one short transaction, and spans no model call."""

from collections.abc import Mapping
from typing import Any, LiteralString
from uuid import UUID, uuid4

from shared.db.kit.pool import Connection
from shared.domain.documents.document import Lane
from shared.domain.embedding.jobs import Claim, ClaimLimits, Job
from shared.domain.refs import DocumentRef


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


Leased = Mapping[int, Mapping[str, Any]]

_LEASE: LiteralString = """
WITH due AS MATERIALIZED (
    SELECT document_key, available_at, lease_until IS NOT NULL AS taken_over FROM jobs
    WHERE model_id = %(model)s AND lane = %(lane)s AND failed_at IS NULL
      AND available_at <= now() AND (lease_until IS NULL OR lease_until < now())
    ORDER BY available_at LIMIT %(documents)s FOR UPDATE SKIP LOCKED
), sized AS (
    SELECT due.*, row_number() OVER earlier AS place, count(*) OVER () AS found,
        sum(octet_length(d.content)) OVER earlier AS bytes
    FROM due JOIN documents d ON d.key = due.document_key
    WINDOW earlier AS (ORDER BY due.available_at, due.document_key)
), taken AS (
    SELECT *, found = %(documents)s OR count(*) OVER () < found AS more FROM sized
    WHERE place = 1 OR bytes <= %(bytes)s
)
UPDATE jobs j SET lease_until = now() + make_interval(secs => %(lease)s),
    lease_token = %(token)s
FROM taken WHERE j.document_key = taken.document_key AND j.model_id = %(model)s
RETURNING j.document_key, j.attempts, taken.taken_over, taken.more,
    extract(epoch FROM now() - j.queued_at)::float8 AS waited_seconds
"""


def _lease(
    connection: Connection,
    model_id: int,
    lane: Lane,
    limits: ClaimLimits,
    lease_seconds: float,
    token: UUID,
) -> Leased:
    rows = connection.execute(
        _LEASE,
        {
            "model": model_id,
            "lane": lane,
            "documents": limits.documents,
            "bytes": limits.content_bytes,
            "lease": lease_seconds,
            "token": token,
        },
    )
    return {row["document_key"]: row for row in rows}


def _read(connection: Connection, model_id: int, leased: Leased) -> tuple[Job, ...]:
    """Read the leased documents in a statement, hence a snapshot, of its own.

    Any later change of content takes the lease back, so what is read here is either what
    `store` will find or never stored.
    """
    rows = connection.execute(
        """
        SELECT d.key, d.collection, d.id, d.title, d.content, d.content_hash,
            e.document_key IS NOT NULL AS has_chunks
        FROM documents d
        LEFT JOIN embeddings e ON e.document_key = d.key AND e.model_id = %(model)s
        WHERE d.key = ANY(%(keys)s)
        """,
        {"model": model_id, "keys": list(leased)},
    )
    return tuple(
        Job(
            key=row["key"],
            ref=DocumentRef(row["collection"], row["id"]),
            title=row["title"],
            content=row["content"],
            content_hash=row["content_hash"],
            has_chunks=row["has_chunks"],
            attempts=leased[row["key"]]["attempts"],
            waited_seconds=leased[row["key"]]["waited_seconds"],
        )
        for row in rows
    )


def renew(connection: Connection, claimed: Claim, lease_seconds: float) -> bool:
    """Hold a lease for longer; return whether any of it was held still.

    What was taken back, or is being written now, is left alone.
    """
    cursor = connection.execute(
        """
        WITH held AS (
            SELECT document_key FROM jobs
            WHERE lease_token = %(token)s AND model_id = %(model)s
              AND document_key = ANY(%(keys)s)
            FOR UPDATE SKIP LOCKED
        )
        UPDATE jobs j SET lease_until = now() + make_interval(secs => %(lease)s)
        FROM held WHERE j.document_key = held.document_key AND j.model_id = %(model)s
        """,
        {
            "token": claimed.token,
            "model": claimed.model_id,
            "keys": [job.key for job in claimed.jobs],
            "lease": lease_seconds,
        },
    )
    return cursor.rowcount > 0

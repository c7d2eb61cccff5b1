"""Lease due jobs, fairly. A claim is one short transaction that ends before the model call."""

from collections.abc import Mapping
from typing import Any, LiteralString
from uuid import UUID, uuid4

from shared.db.kit.pool import Connection
from shared.domain.documents.document import Lane
from shared.domain.embedding.chunks import embedded_title
from shared.domain.embedding.flows import length_of
from shared.domain.embedding.jobs import Claim, ClaimLimits, Job
from shared.domain.refs import DocumentRef

# The flows take turns: the first due job of each comes before the second of any. A loose index
# scan finds the flows, so a flow of a million jobs costs as much as one of a single job. SKIP
# LOCKED lets workers claim side by side. A lease that has expired is taken over. The first job is
# leased whatever its size, the others while they stay below the limit of bytes.
_IS_DUE: LiteralString = """model_id = %(model)s AND lane = %(lane)s AND failed_at IS NULL
          AND available_at <= now() AND (lease_until IS NULL OR lease_until < now())"""
_NEXT_FLOW: LiteralString = f"""SELECT flow FROM jobs
        WHERE {_IS_DUE}
          AND flow <= part.until"""
_EACH: LiteralString = "ceil(%(documents)s::float8 / count(*))"
LEASE: LiteralString = f"""
WITH flows AS MATERIALIZED (
    SELECT row_number() OVER () AS turn, found.flow
    FROM unnest(%(after)s::bigint[], %(until)s::bigint[]) AS part (after, until)
    CROSS JOIN LATERAL (
        WITH RECURSIVE next AS (
            ({_NEXT_FLOW}
                    AND flow > part.after ORDER BY flow LIMIT 1)
            UNION ALL
            SELECT (
                {_NEXT_FLOW}
                    AND flow > next.flow ORDER BY flow LIMIT 1
            ) FROM next WHERE next.flow IS NOT NULL
        )
        SELECT flow FROM next WHERE flow IS NOT NULL
    ) AS found LIMIT %(documents)s
), due AS MATERIALIZED (
    SELECT job.*, flows.flow, flows.turn
    FROM flows CROSS JOIN LATERAL (
        SELECT document_key, available_at, lease_until IS NOT NULL AS taken_over FROM jobs
        WHERE {_IS_DUE} AND flow = flows.flow
        ORDER BY available_at LIMIT (SELECT {_EACH} FROM flows)
        FOR UPDATE SKIP LOCKED
    ) AS job
), numbered AS (
    SELECT *, row_number() OVER (
            PARTITION BY flow ORDER BY available_at, document_key
        ) AS number,
        (SELECT octet_length(content) FROM documents WHERE key = document_key) AS bytes
    FROM due
), measured AS (
    SELECT *, row_number() OVER fair AS place, sum(bytes) OVER fair AS total_bytes,
        count(*) OVER () AS found,
        max(number) OVER () = (SELECT {_EACH} FROM flows) AS is_limited
    FROM numbered WINDOW fair AS (ORDER BY number, turn)
), taken AS MATERIALIZED (
    SELECT *, is_limited OR count(*) OVER () < found AS more FROM measured
    WHERE place = 1 OR (place <= %(documents)s AND total_bytes <= %(bytes)s)
)
UPDATE jobs j SET lease_until = now() + make_interval(secs => %(lease)s),
    lease_token = %(token)s
-- An array makes the planner read each job by index.
WHERE j.model_id = %(model)s AND j.document_key = ANY(ARRAY(SELECT document_key FROM taken))
RETURNING j.document_key, j.attempts, j.flow,
    array_position(ARRAY(SELECT document_key FROM taken ORDER BY place), j.document_key) AS place,
    j.document_key = ANY(ARRAY(SELECT document_key FROM taken WHERE taken_over)) AS taken_over,
    (SELECT bool_or(more) FROM taken) AS more,
    greatest(0, extract(epoch FROM now() - j.queued_at))::float8 AS waited_seconds
"""
_READ: LiteralString = """
SELECT d.key, d.collection, d.id, d.title, d.content, d.content_hash,
    d.metadata ->> 'file' AS file,
    e.document_key IS NOT NULL AS has_chunks,
    EXISTS (SELECT FROM sent_vectors s WHERE s.document_key = d.key) AS has_vectors
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
    """Lease due jobs of a lane: flow by flow, and in each the longest due first."""
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
        last_flow=_last_flow(leased),
        length=max((length_of(lane, row["flow"]) for row in leased.values()), default=None),
    )


def _last_flow(leased: Leased) -> int | None:
    last = max(leased.values(), key=lambda row: row["place"], default=None)
    return last["flow"] if last else None


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
        "after": [flows.after for flows in limits.flows],
        "until": [flows.until for flows in limits.flows],
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
        ref=DocumentRef.of_row(row["collection"], row["id"]),
        title=embedded_title(row["title"], row["file"]),
        content=row["content"],
        content_hash=row["content_hash"],
        has_chunks=row["has_chunks"],
        has_vectors=row["has_vectors"],
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

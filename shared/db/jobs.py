"""Jobs: claim, store, fail, release. Each is one short transaction, none spans a model call.

Every transaction that ends a lease first locks its documents in the order in which writes
lock them, (collection, id), so that neither can wait for the other in a circle.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID, uuid4

from shared.db.pool import Connection
from shared.db.vectors import vector_literal
from shared.domain.documents import Lane
from shared.domain.vectors import Vector

CHANGED = "inkdex_changed"
"""The channel on which a commit tells listeners that some document's status changed."""


@dataclass(frozen=True, slots=True)
class Job:
    """A claimed job, with the text as it was just after the claim."""

    key: int
    collection: str
    id: str
    title: str | None
    content: str
    content_hash: bytes
    embedded: bool
    attempts: int


@dataclass(frozen=True, slots=True)
class Claim:
    """Jobs of one lane under one lease; `token` is what every later statement must show."""

    token: UUID
    model_id: int
    jobs: tuple[Job, ...]


@dataclass(frozen=True, slots=True)
class NewChunk:
    """A piece of a document's content by its offsets, and its vector."""

    seq: int
    start_offset: int
    end_offset: int
    text_hash: bytes
    vector: Vector


@dataclass(frozen=True, slots=True)
class FailedAttempt:
    """A job whose document is at fault; `delay_seconds` None means that it was the last try."""

    job: Job
    code: str
    message: str
    delay_seconds: float | None


def claim(
    connection: Connection, model_id: int, lane: Lane, limit: int, lease_seconds: float
) -> Claim:
    """Lease up to `limit` due jobs of a lane, the longest due first."""
    token = uuid4()
    with connection.transaction():
        keys = _lease(connection, model_id, lane, limit, lease_seconds, token)
        jobs = _read(connection, model_id, keys) if keys else ()
    return Claim(token, model_id, jobs)


def _lease(
    connection: Connection,
    model_id: int,
    lane: Lane,
    limit: int,
    lease_seconds: float,
    token: UUID,
) -> dict[int, int]:
    rows = connection.execute(
        """
        WITH due AS (
            SELECT document_key FROM jobs
            WHERE model_id = %(model)s AND lane = %(lane)s AND failed_at IS NULL
              AND available_at <= now() AND (lease_until IS NULL OR lease_until < now())
            ORDER BY available_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED
        )
        UPDATE jobs j SET lease_until = now() + make_interval(secs => %(lease)s),
            lease_token = %(token)s
        FROM due WHERE j.document_key = due.document_key AND j.model_id = %(model)s
        RETURNING j.document_key, j.attempts
        """,
        {
            "model": model_id,
            "lane": lane,
            "limit": limit,
            "lease": lease_seconds,
            "token": token,
        },
    )
    return {row["document_key"]: row["attempts"] for row in rows}


def _read(connection: Connection, model_id: int, attempts: dict[int, int]) -> tuple[Job, ...]:
    """Read the leased documents in a statement, hence a snapshot, of its own.

    Any later change of content takes the lease back, so what is read here is either what
    `store` will find or never stored.
    """
    rows = connection.execute(
        """
        SELECT d.key, d.collection, d.id, d.title, d.content, d.content_hash,
            coalesce(e.content_hash = d.content_hash, false) AS embedded
        FROM documents d
        LEFT JOIN embeddings e ON e.document_key = d.key AND e.model_id = %(model)s
        WHERE d.key = ANY(%(keys)s)
        """,
        {"model": model_id, "keys": list(attempts)},
    )
    return tuple(Job(**row, attempts=attempts[row["key"]]) for row in rows)


def store(
    connection: Connection, claimed: Claim, done: Sequence[tuple[Job, Sequence[NewChunk]]]
) -> list[Job]:
    """Replace the chunks of each document and remove its job; return the jobs that were ended.

    A document that was changed, deleted or claimed anew meanwhile is left to its next job.
    """
    keys = [job.key for job, _ in done]
    with connection.transaction():
        _lock_documents(connection, keys)
        ended = _end(connection, claimed, done)
        _replace_chunks(connection, claimed.model_id, ended, done)
        _notify(connection)
    return [job for job, _ in done if job.key in ended]


def _end(
    connection: Connection, claimed: Claim, done: Sequence[tuple[Job, Sequence[NewChunk]]]
) -> set[int]:
    rows = connection.execute(
        """
        WITH done AS (
            SELECT * FROM unnest(%(keys)s::bigint[], %(hashes)s::bytea[], %(chunks)s::int[])
                AS done (key, content_hash, chunks)
        ), ended AS (
            DELETE FROM jobs j USING done, documents d
            WHERE j.document_key = done.key AND j.model_id = %(model)s
              AND j.lease_token = %(token)s
              AND d.key = done.key AND d.content_hash = done.content_hash
            RETURNING d.key, d.collection, d.id, d.version, d.content_version, done.content_hash,
                done.chunks
        ), embedded AS (
            INSERT INTO embeddings AS e (document_key, model_id, version, content_hash, chunks)
            SELECT key, %(model)s, content_version, content_hash, chunks FROM ended
            ON CONFLICT (document_key, model_id) DO UPDATE SET version = excluded.version,
                content_hash = excluded.content_hash, chunks = excluded.chunks,
                embedded_at = now()
        ), announced AS (
            INSERT INTO events (collection, id, status, version)
            SELECT collection, id, 'ready', version FROM ended
        )
        SELECT key FROM ended
        """,
        {
            "keys": [job.key for job, _ in done],
            "hashes": [job.content_hash for job, _ in done],
            "chunks": [len(chunks) for _, chunks in done],
            "model": claimed.model_id,
            "token": claimed.token,
        },
    )
    return {row["key"] for row in rows}


def _replace_chunks(
    connection: Connection,
    model_id: int,
    ended: set[int],
    done: Sequence[tuple[Job, Sequence[NewChunk]]],
) -> None:
    fresh = [(job, chunks) for job, chunks in done if job.key in ended and not job.embedded]
    if not fresh:
        return
    rows = [(job.key, chunk) for job, chunks in fresh for chunk in chunks]
    connection.execute(
        "DELETE FROM chunks WHERE model_id = %s AND document_key = ANY(%s)",
        (model_id, [job.key for job, _ in fresh]),
    )
    connection.execute(
        """
        INSERT INTO chunks (document_key, model_id, seq, start_offset, end_offset, text_hash,
            embedding)
        SELECT key, %(model)s, seq, start_offset, end_offset, text_hash, embedding::halfvec
        FROM unnest(%(keys)s::bigint[], %(seqs)s::int[], %(starts)s::int[], %(ends)s::int[],
            %(hashes)s::bytea[], %(vectors)s::text[])
            AS c (key, seq, start_offset, end_offset, text_hash, embedding)
        """,
        {
            "model": model_id,
            "keys": [key for key, _ in rows],
            "seqs": [chunk.seq for _, chunk in rows],
            "starts": [chunk.start_offset for _, chunk in rows],
            "ends": [chunk.end_offset for _, chunk in rows],
            "hashes": [chunk.text_hash for _, chunk in rows],
            "vectors": [vector_literal(chunk.vector) for _, chunk in rows],
        },
    )


def fail(connection: Connection, claimed: Claim, failed: Sequence[FailedAttempt]) -> None:
    """Count an attempt against each document and set when it is tried again, if ever."""
    with connection.transaction():
        _lock_documents(connection, [failure.job.key for failure in failed])
        connection.execute(
            """
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
            )
            INSERT INTO events (collection, id, status, version)
            SELECT d.collection, d.id, 'failed', d.version
            FROM counted c JOIN documents d ON d.key = c.document_key
            WHERE c.failed_at IS NOT NULL
            """,
            {
                "keys": [failure.job.key for failure in failed],
                "codes": [failure.code for failure in failed],
                "messages": [failure.message for failure in failed],
                "delays": [failure.delay_seconds for failure in failed],
                "model": claimed.model_id,
                "token": claimed.token,
            },
        )
        _notify(connection)


def release(connection: Connection, claimed: Claim) -> None:
    """Give back whatever is still under this lease, uncounted."""
    with connection.transaction():
        _lock_documents(connection, [job.key for job in claimed.jobs])
        connection.execute(
            "UPDATE jobs SET lease_until = NULL, lease_token = NULL WHERE lease_token = %s"
            " AND model_id = %s AND document_key = ANY(%s)",
            (claimed.token, claimed.model_id, [job.key for job in claimed.jobs]),
        )


def renew(connection: Connection, claimed: Claim, lease_seconds: float) -> None:
    """Hold a lease for longer; what was taken back, or is being written now, is left alone."""
    connection.execute(
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


def stalled_lanes(connection: Connection, model_id: int) -> list[Lane]:
    """Return the lanes whose work is due while nobody works on it.

    A lane is worked from its head, so live leases are among its oldest jobs if anywhere.
    """
    rows = connection.execute(
        """
        SELECT lane FROM unnest(%(lanes)s::text[]) AS lanes (lane)
        CROSS JOIN LATERAL (
            SELECT count(*) FILTER (WHERE lease_until >= now()) AS leased,
                count(*) FILTER (WHERE lease_until IS NULL OR lease_until < now()) AS due
            FROM (
                SELECT lease_until FROM jobs
                WHERE model_id = %(model)s AND lane = lanes.lane AND failed_at IS NULL
                  AND available_at <= now()
                ORDER BY available_at LIMIT 100
            ) AS head
        ) AS head
        WHERE due > 0 AND leased = 0
        """,
        {"lanes": list(Lane), "model": model_id},
    )
    return [Lane(row["lane"]) for row in rows]


def _lock_documents(connection: Connection, keys: list[int]) -> None:
    connection.execute(
        "SELECT FROM documents WHERE key = ANY(%s) ORDER BY collection, id FOR SHARE", (keys,)
    )


def _notify(connection: Connection) -> None:
    connection.execute(f"NOTIFY {CHANGED}")

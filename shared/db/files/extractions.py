"""Extractions: claim a file, renew the lease, record the result.

A lease protects an extraction, so no transaction is open while a file is read.
"""

from collections.abc import Sequence
from typing import Any, LiteralString
from uuid import UUID, uuid4

from shared.db.kit.fetch import fetch_all_async, fetch_optional_async
from shared.db.kit.pool import AsyncConnection
from shared.domain.errors import LeaseLost
from shared.domain.files.file import DueFile, FileOptions, FileRef
from shared.domain.files.parts import ExtractorVersion
from shared.domain.refs import Collection

_IS_DUE: LiteralString = """f.state = 'waiting' AND f.available_at <= now()
          AND (f.lease_until IS NULL OR f.lease_until < now())"""
# Tenants have turns: the one whose last turn is longest ago is next. Each has its oldest file read.
# A lease that has expired was of a worker that died, which counts as an attempt.
_CLAIM: LiteralString = f"""
WITH turns AS (
    SELECT oldest.key, (
        SELECT max(claimed_at) FROM files f WHERE tenant_of(f.collection) = t.name
    ) AS last_turn, oldest.available_at
    FROM tenants t, LATERAL (
        SELECT f.key, f.available_at FROM files f
        WHERE tenant_of(f.collection) = t.name AND {_IS_DUE}
        ORDER BY f.available_at LIMIT 1
    ) AS oldest
), due AS (
    SELECT f.key, f.lease_token IS NOT NULL AS reader_died
    FROM turns JOIN files f USING (key) WHERE {_IS_DUE}
    ORDER BY turns.last_turn NULLS FIRST, turns.available_at
    LIMIT 1 FOR UPDATE OF f SKIP LOCKED
)
UPDATE files f SET lease_until = now() + make_interval(secs => %(lease)s),
    lease_token = %(token)s, claimed_at = clock_timestamp(),
    attempts = f.attempts + reader_died::int
FROM due WHERE f.key = due.key
RETURNING f.key, f.collection, f.id, f.name, f.media_type, f.title, f.metadata, f.source,
    f.content_key, f.revision, f.attempts, reader_died, f.import_key
"""
_IS_OURS: LiteralString = "key = %(key)s AND lease_token = %(token)s AND revision = %(revision)s"
# Whoever deletes the file or sends it again waits for the transaction, and sees what it wrote.
_HOLD: LiteralString = f"SELECT FROM files WHERE {_IS_OURS} FOR SHARE"
_RENEW: LiteralString = f"""
UPDATE files SET lease_until = now() + make_interval(secs => %(lease)s) WHERE {_IS_OURS}
"""
_RELEASE: LiteralString = """
UPDATE files SET lease_until = NULL, lease_token = NULL WHERE lease_token = ANY(%s::uuid[])
"""
_DONE: LiteralString = f"""
UPDATE files SET state = 'done', extractor = %(extractor)s, extractor_version = %(version)s,
    pages = %(pages)s, attempts = 0, error_code = NULL, error_message = NULL, updated_at = now(),
    lease_until = NULL, lease_token = NULL
WHERE {_IS_OURS}
"""
_FAILED: LiteralString = f"""
UPDATE files SET attempts = %(attempts)s, error_code = %(code)s, error_message = %(message)s,
    state = CASE WHEN %(delay)s::float IS NULL THEN 'failed' ELSE state END,
    available_at = now() + make_interval(secs => coalesce(%(delay)s::float, 0)),
    updated_at = now(), lease_until = NULL, lease_token = NULL
WHERE {_IS_OURS}
"""
# A file waits as long again as it was made to wait since it was sent or failed.
_POSTPONE: LiteralString = f"""
UPDATE files SET available_at = now() + least(make_interval(secs => %(longest)s),
        greatest(make_interval(secs => %(delay)s), available_at - updated_at)),
    lease_until = NULL, lease_token = NULL WHERE {_IS_OURS}
"""
_VERSIONS: LiteralString = """
SELECT DISTINCT ON (extractor, extractor_version) extractor, extractor_version, name, media_type
FROM files WHERE state = 'done' AND extractor IS NOT NULL
ORDER BY extractor, extractor_version, key
"""
# The import that sent a file has ended, and does not wait for it again.
_EXTRACT_AGAIN: LiteralString = """
UPDATE files SET state = 'waiting', import_key = NULL, attempts = 0, available_at = now()
WHERE key IN (
    SELECT key FROM files
    WHERE state = 'done' AND extractor = %s AND extractor_version = %s
    ORDER BY key LIMIT %s FOR UPDATE SKIP LOCKED
)
"""


async def claim(connection: AsyncConnection, lease_seconds: float) -> DueFile | None:
    """Lease the next file, or return None."""
    token = uuid4()

    def due(**row: Any) -> DueFile:  # noqa: ANN401 - the columns
        ref = FileRef(Collection.of_key(row.pop("collection")), row.pop("id"))
        options = FileOptions(row.pop("title"), row.pop("metadata"), row.pop("source"))
        return DueFile(ref=ref, options=options, token=token, **row)

    parameters = {"lease": lease_seconds, "token": token}
    return await fetch_optional_async(connection, due, _CLAIM, parameters)


async def renew(connection: AsyncConnection, due: DueFile, lease_seconds: float) -> bool:
    """Renew a lease. False: the file was sent again or deleted, or another worker has it."""
    return await _update(connection, _RENEW, due, lease=lease_seconds)


async def hold(connection: AsyncConnection, due: DueFile) -> None:
    """Keep a file as it is until the transaction ends. Raises LeaseLost.

    It is the last lock of a transaction but those of file_documents, and so a short one.
    """
    if not await _update(connection, _HOLD, due):
        raise LeaseLost


async def release(connection: AsyncConnection, tokens: Sequence[UUID]) -> None:
    """Let other workers begin. No attempt is counted."""
    await connection.execute(_RELEASE, (list(tokens),))


async def done(
    connection: AsyncConnection, due: DueFile, extractor: ExtractorVersion, pages: int | None
) -> bool:
    """Record that the documents are those of the file, unless the lease is lost."""
    values = {"extractor": extractor.name, "version": extractor.version, "pages": pages}
    return await _update(connection, _DONE, due, **values)


async def failed(
    connection: AsyncConnection,
    due: DueFile,
    error: tuple[str, str],
    attempts: int,
    delay_seconds: float | None,
) -> bool:
    """Record a failed attempt by its code and message. Without a delay it was the last one."""
    code, message = error
    values = {"code": code, "message": message, "attempts": attempts, "delay": delay_seconds}
    return await _update(connection, _FAILED, due, **values)


async def postpone(
    connection: AsyncConnection, due: DueFile, delay_seconds: float, longest_seconds: float
) -> None:
    """Try again later, and ever later up to the longest delay. No attempt is counted."""
    await _update(connection, _POSTPONE, due, delay=delay_seconds, longest=longest_seconds)


async def versions(connection: AsyncConnection) -> list[tuple[ExtractorVersion, str, str | None]]:
    """Return the extractors of all files, each with the name and type of a file that it read."""
    return await fetch_all_async(connection, _version, _VERSIONS)


async def extract_again(connection: AsyncConnection, former: ExtractorVersion, most: int) -> None:
    """Make some files wait that this extractor has read."""
    await connection.execute(_EXTRACT_AGAIN, (*former, most))


def _version(
    *, extractor: str, extractor_version: str, name: str, media_type: str | None
) -> tuple[ExtractorVersion, str, str | None]:
    return ExtractorVersion(extractor, extractor_version), name, media_type


async def _update(
    connection: AsyncConnection,
    statement: LiteralString,
    due: DueFile,
    **values: Any,  # noqa: ANN401 - the parameters
) -> bool:
    parameters = {"key": due.key, "token": due.token, "revision": due.revision, **values}
    return (await connection.execute(statement, parameters)).rowcount > 0

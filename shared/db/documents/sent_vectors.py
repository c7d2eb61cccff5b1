"""The vectors that came with documents, kept beside their jobs."""

from collections.abc import Mapping, Sequence
from typing import LiteralString

from shared.db.kit.fetch import fetch_all
from shared.db.kit.pool import AsyncConnection, Connection
from shared.domain.documents.document import NewDocument
from shared.domain.embedding.sent_vectors import SentVectors

# A document that is ready already needs none.
_KEEP: LiteralString = """
INSERT INTO sent_vectors (document_key, content_hash, fingerprint, chunks, import_key)
SELECT d.key, d.content_hash, sent.fingerprint, sent.chunks, %(import)s
FROM unnest(%(collections)s::text[], %(ids)s::text[], %(hashes)s::bytea[],
        %(fingerprints)s::bytea[], %(chunks)s::bytea[])
    AS sent (collection, id, content_hash, fingerprint, chunks)
JOIN documents d USING (collection, id, content_hash)
WHERE EXISTS (SELECT FROM jobs j WHERE j.document_key = d.key)
ON CONFLICT (document_key) DO UPDATE SET content_hash = excluded.content_hash,
    fingerprint = excluded.fingerprint, chunks = excluded.chunks, import_key = excluded.import_key
"""
_READ: LiteralString = """
SELECT document_key, content_hash, fingerprint, chunks FROM sent_vectors
WHERE document_key = ANY(%s)
"""
# Another model may need them too. Imports are locked in one order, which rules out deadlocks.
_END: LiteralString = """
WITH gone AS (
    DELETE FROM sent_vectors v WHERE v.document_key = ANY(%(keys)s)
      AND NOT EXISTS (SELECT FROM jobs j WHERE j.document_key = v.document_key)
    RETURNING v.document_key, v.import_key
), used AS (
    SELECT import_key, count(*) AS documents FROM gone
    WHERE document_key = ANY(%(used)s) AND import_key IS NOT NULL GROUP BY import_key
), owing AS MATERIALIZED (
    SELECT i.key, used.documents FROM imports i JOIN used ON i.key = used.import_key
    ORDER BY i.key FOR UPDATE OF i
)
UPDATE imports i SET vectors_used = i.vectors_used + owing.documents
FROM owing WHERE i.key = owing.key
"""


async def keep(
    connection: AsyncConnection,
    sent: Sequence[tuple[NewDocument, SentVectors]],
    import_key: int | None,
) -> None:
    """Keep vectors for the worker, in the transaction that stores their documents."""
    parameters = {
        "collections": [new.ref.collection for new, _ in sent],
        "ids": [new.ref.id for new, _ in sent],
        "hashes": [new.content_hash for new, _ in sent],
        "fingerprints": [vectors.fingerprint for _, vectors in sent],
        "chunks": [vectors.chunks for _, vectors in sent],
        "import": import_key,
    }
    await connection.execute(_KEEP, parameters)


def read(connection: Connection, hashes: Mapping[int, bytes]) -> dict[int, SentVectors]:
    """Return the vectors of those documents whose content has these hashes, by the keys."""
    rows = fetch_all(connection, _row, _READ, (list(hashes),))
    return {key: sent for key, content_hash, sent in rows if hashes[key] == content_hash}


def _row(
    *, document_key: int, content_hash: bytes, fingerprint: bytes, chunks: bytes
) -> tuple[int, bytes, SentVectors]:
    return document_key, content_hash, SentVectors(fingerprint, chunks)


def end(connection: Connection, keys: Sequence[int], used: Sequence[int]) -> None:
    """Delete the vectors of documents that have no job any more. Count those that were used."""
    connection.execute(_END, {"keys": list(keys), "used": list(used)})

"""Compares the database and the answers of writes with the expected state."""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from shared.db.kit.pool import Connection
from shared.domain.documents.document import Document, NewDocument, Status
from shared.domain.embedding.chunks import embedded_text
from shared.domain.refs import DocumentRef
from shared.domain.search.lexing.documents import lexed
from tests.services.embedding.job_life.expected import ExpectedDocument
from tests.support.worker_harness import DIMENSIONS, vector_of

_STATE = """
SELECT d.key, d.collection, d.id, d.title, d.content, d.metadata, d.content_hash, d.version,
    d.content_version, d.lane,
    x.language, x.lexemes::text AS lexemes, x.length,
    (SELECT json_agg(json_build_object('model', model_id, 'lane', j.lane, 'attempts', attempts,
        'version', j.version, 'token', lease_token, 'leased', lease_until >= now(),
        'has_until', lease_until IS NOT NULL, 'due', available_at <= now(),
        'failed', failed_at IS NOT NULL, 'code', error_code, 'message', error_message))
        FROM jobs j WHERE j.document_key = d.key) AS jobs,
    (SELECT json_agg(json_build_object('hash', encode(e.content_hash, 'hex'),
        'chunks', e.chunks, 'version', e.version))
        FROM embeddings e WHERE e.document_key = d.key) AS embeddings,
    (SELECT json_agg(json_build_object('hash', encode(c.text_hash, 'hex'), 'end', c.end_offset,
        'vector', c.embedding::real[])) FROM chunks c WHERE c.document_key = d.key) AS chunks,
    (SELECT ARRAY[v.status, v.version::text] FROM events v
        WHERE v.collection = d.collection AND v.id = d.id ORDER BY xid DESC, seq DESC LIMIT 1)
        AS last_event
FROM documents d LEFT JOIN document_texts x ON x.document_key = d.key
"""
_ORPHANS = """
SELECT (SELECT count(*) FROM jobs WHERE document_key NOT IN (SELECT key FROM documents))
    + (SELECT count(*) FROM embeddings WHERE document_key NOT IN (SELECT key FROM documents))
    + (SELECT count(*) FROM document_texts WHERE document_key NOT IN (SELECT key FROM documents))
    + (SELECT count(*) FROM chunks WHERE (document_key, model_id) NOT IN
        (SELECT document_key, model_id FROM embeddings)) AS orphans
"""

Row = Mapping[str, Any]


def check_database(
    connection: Connection, model_id: int, expected: Mapping[DocumentRef, ExpectedDocument]
) -> None:
    rows = {
        DocumentRef.of_row(row["collection"], row["id"]): row for row in connection.execute(_STATE)
    }
    assert rows.keys() == expected.keys()
    for ref, row in rows.items():
        _check_document(row, expected[ref])
        _check_lexemes(connection, row, expected[ref].new)
        _check_job(row, model_id, expected[ref])
        _check_vectors(row, expected[ref])
    orphans = connection.execute(_ORPHANS).fetchone()
    assert orphans is not None
    assert orphans["orphans"] == 0


def check_answer(answer: Document, expected: ExpectedDocument) -> None:
    """Check what a write returns."""
    assert (answer.title, answer.content, answer.metadata, answer.content_hash) == (
        expected.new.title,
        expected.new.content,
        expected.new.metadata,
        expected.new.content_hash,
    )
    assert (answer.status, answer.version) == (expected.status, expected.version)
    assert (answer.embedding is None) == (expected.embedded is None)
    if answer.embedding is not None:
        assert answer.embedding.version == expected.embedded_version
        assert answer.embedding.dimensions == DIMENSIONS
    error = None if expected.job is None else expected.job.error
    assert (answer.error.message if answer.error else None) == error


def _check_document(row: Row, expected: ExpectedDocument) -> None:
    new = expected.new
    assert (row["title"], row["content"], row["metadata"], row["content_hash"]) == (
        new.title,
        new.content,
        new.metadata,
        new.content_hash,
    )
    versions = row["version"], row["content_version"]
    assert versions == (expected.version, expected.content_version)
    assert row["lane"] == expected.lane
    assert row["last_event"] == [expected.status, str(expected.event_version)]


def _check_lexemes(connection: Connection, row: Row, new: NewDocument) -> None:
    lexemes, length = lexed(row["language"], new.ref.id, new.title, new.content)
    stored = connection.execute("SELECT %s::tsvector::text AS lexemes", (lexemes,)).fetchone()
    assert stored == {"lexemes": row["lexemes"]}
    assert length == row["length"]


def _check_job(row: Row, model_id: int, expected: ExpectedDocument) -> None:
    wanted = expected.job
    assert len(row["jobs"] or []) == (wanted is not None), "one job if expected, or else none"
    if wanted is None:
        assert row["embeddings"], "neither a job nor an embedding"
        return
    job = row["jobs"][0]
    assert job["model"] == model_id
    assert job["lane"] == wanted.lane
    assert job["attempts"] == wanted.attempts
    assert job["version"] == expected.content_version
    assert job["has_until"] == (job["token"] is not None), "a lease only with a token"
    assert job["token"] == (wanted.token and str(wanted.token))
    assert bool(job["leased"]) == wanted.leased
    assert job["due"] == wanted.due
    assert job["failed"] == wanted.failed
    assert job["message"] == wanted.error
    assert (job["code"] is None) == (wanted.error is None), "a failure without a reason"


def _check_vectors(row: Row, expected: ExpectedDocument) -> None:
    embeddings, chunks = row["embeddings"] or [], row["chunks"] or []
    embedded = expected.embedded
    assert len(embeddings) == len(chunks) == (embedded is not None)
    if embedded is None:
        return
    text = embedded_text(embedded.title, embedded.content)
    assert embeddings[0] == {
        "hash": embedded.content_hash.hex(),
        "chunks": 1,
        "version": expected.embedded_version,
    }
    assert chunks[0] == {
        "hash": sha256(text.encode()).hexdigest(),
        "end": len(embedded.content),
        "vector": vector_of(text),
    }
    if expected.status is Status.READY:
        assert embedded.content_hash == expected.new.content_hash

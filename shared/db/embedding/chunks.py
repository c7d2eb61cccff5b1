"""Chunks: find the ones that are embedded already, and replace those of a document."""

import struct
from collections.abc import Collection, Sequence
from functools import cache
from typing import LiteralString

from shared.db.kit.pool import Connection
from shared.domain.embedding.jobs import ChunkKey, NewChunk
from shared.domain.embedding.vectors import Vector

_STORED: LiteralString = (
    "SELECT document_key, text_hash FROM chunks WHERE document_key = ANY(%s) AND model_id = %s"
)
# LATERAL with LIMIT reads one index entry per hash, however many documents share a chunk.
_VECTORS: LiteralString = """
SELECT wanted.text_hash, known.embedding
FROM unnest(%(hashes)s::bytea[]) AS wanted (text_hash)
CROSS JOIN LATERAL (
    SELECT embedding::real[] AS embedding FROM chunks c
    WHERE c.text_hash = wanted.text_hash AND c.model_id = %(model)s AND NOT c.sent LIMIT 1
) AS known
"""
_DELETE_OTHERS: LiteralString = """
DELETE FROM chunks c WHERE c.model_id = %(model)s AND c.document_key = ANY(%(keys)s)
  AND NOT EXISTS (
      SELECT FROM unnest(%(owners)s::bigint[], %(hashes)s::bytea[]) AS kept (key, hash)
      WHERE kept.key = c.document_key AND kept.hash = c.text_hash)
"""
# A chunk that has not moved is not rewritten.
_MOVE: LiteralString = """
UPDATE chunks c SET start_offset = moved.start_offset, end_offset = moved.end_offset
FROM unnest(%(keys)s::bigint[], %(starts)s::int[], %(ends)s::int[], %(hashes)s::bytea[])
    AS moved (key, start_offset, end_offset, text_hash)
WHERE c.document_key = moved.key AND c.model_id = %(model)s
  AND c.text_hash = moved.text_hash
  AND (c.start_offset, c.end_offset)
      IS DISTINCT FROM (moved.start_offset, moved.end_offset)
"""
_COPY: LiteralString = """
COPY chunks (document_key, model_id, start_offset, end_offset, text_hash, embedding, sent)
FROM STDIN (FORMAT binary)
"""
_COPY_HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)


def stored(connection: Connection, model_id: int, keys: Sequence[int]) -> set[ChunkKey]:
    """Return the keys of the documents' chunks."""
    rows = connection.execute(_STORED, (list(keys), model_id))
    return {(row["document_key"], row["text_hash"]) for row in rows}


def vectors(
    connection: Connection, model_id: int, hashes: Collection[bytes]
) -> dict[bytes, Vector]:
    """Return the vectors that the model made of these texts for any document, by their hash."""
    rows = connection.execute(_VECTORS, {"hashes": list(hashes), "model": model_id})
    return {row["text_hash"]: row["embedding"] for row in rows}


def replace(
    connection: Connection, model_id: int, documents: Sequence[tuple[int, Sequence[NewChunk]]]
) -> None:
    """Make these the documents' chunks: delete all others, move the kept ones, add the new ones."""
    rows = [(key, chunk) for key, chunks in documents for chunk in chunks]
    _delete_others(connection, model_id, [key for key, _ in documents], rows)
    _move(connection, model_id, [row for row in rows if row[1].vector is None])
    _add(connection, model_id, [row for row in rows if row[1].vector is not None])


def _delete_others(
    connection: Connection, model_id: int, keys: list[int], rows: Sequence[tuple[int, NewChunk]]
) -> None:
    parameters = {
        "model": model_id,
        "keys": keys,
        "owners": [key for key, _ in rows],
        "hashes": [chunk.text_hash for _, chunk in rows],
    }
    connection.execute(_DELETE_OTHERS, parameters)


def _move(connection: Connection, model_id: int, rows: Sequence[tuple[int, NewChunk]]) -> None:
    if not rows:
        return
    parameters = {
        "model": model_id,
        "keys": [key for key, _ in rows],
        "starts": [chunk.start_offset for _, chunk in rows],
        "ends": [chunk.end_offset for _, chunk in rows],
        "hashes": [chunk.text_hash for _, chunk in rows],
    }
    connection.execute(_MOVE, parameters)


def _add(connection: Connection, model_id: int, rows: Sequence[tuple[int, NewChunk]]) -> None:
    if not rows:
        return
    with connection.cursor() as cursor, cursor.copy(_COPY) as copy:
        copy.write(_COPY_HEADER + b"".join(_row(model_id, key, new) for key, new in rows))


def _row(model_id: int, key: int, new: NewChunk) -> bytes:
    """Return a row in COPY's binary format, because vectors as text take ten times as long."""
    vector = new.vector or ()
    size = len(vector)
    return _layout(size).pack(
        *(7, 8, key, 4, model_id, 4, new.start_offset, 4, new.end_offset, 32, new.text_hash),
        *(4 + 2 * size, size, 0, *vector),
        *(1, new.sent),
    )


@cache
def _layout(dimensions: int) -> struct.Struct:
    """Return a row's layout: the number of columns, then the length and the value of each."""
    return struct.Struct(f">h iq ii ii ii i32s ihh{dimensions}e i?")

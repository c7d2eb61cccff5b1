"""Chunks: which are embedded already, and how a document's are replaced."""

import struct
from collections.abc import Collection, Sequence
from functools import cache

from shared.db.kit.pool import Connection
from shared.domain.embedding.jobs import ChunkKey, NewChunk
from shared.domain.embedding.vectors import Vector


def stored(connection: Connection, model_id: int, keys: Sequence[int]) -> set[ChunkKey]:
    """Return the chunks that these documents have."""
    rows = connection.execute(
        "SELECT document_key, text_hash FROM chunks WHERE document_key = ANY(%s) AND model_id = %s",
        (list(keys), model_id),
    )
    return {(row["document_key"], row["text_hash"]) for row in rows}


def vectors(
    connection: Connection, model_id: int, hashes: Collection[bytes]
) -> dict[bytes, Vector]:
    """Return the vectors of those texts that some document has embedded already."""
    rows = connection.execute(
        """
        SELECT wanted.text_hash, known.embedding
        FROM unnest(%(hashes)s::bytea[]) AS wanted (text_hash)
        CROSS JOIN LATERAL (
            SELECT embedding::real[] AS embedding FROM chunks c
            WHERE c.text_hash = wanted.text_hash AND c.model_id = %(model)s LIMIT 1
        ) AS known
        """,
        {"hashes": list(hashes), "model": model_id},
    )
    return {row["text_hash"]: row["embedding"] for row in rows}


def replace(
    connection: Connection, model_id: int, documents: Sequence[tuple[int, Sequence[NewChunk]]]
) -> None:
    """Make these the documents' chunks: drop what is not among them, move and add the rest."""
    rows = [(key, chunk) for key, chunks in documents for chunk in chunks]
    connection.execute(
        """
        DELETE FROM chunks c WHERE c.model_id = %(model)s AND c.document_key = ANY(%(keys)s)
          AND NOT EXISTS (
              SELECT FROM unnest(%(owners)s::bigint[], %(hashes)s::bytea[]) AS kept (key, hash)
              WHERE kept.key = c.document_key AND kept.hash = c.text_hash)
        """,
        {
            "model": model_id,
            "keys": [key for key, _ in documents],
            "owners": [key for key, _ in rows],
            "hashes": [chunk.text_hash for _, chunk in rows],
        },
    )
    _move(connection, model_id, [row for row in rows if row[1].vector is None])
    _add(connection, model_id, [row for row in rows if row[1].vector is not None])


def _move(connection: Connection, model_id: int, rows: Sequence[tuple[int, NewChunk]]) -> None:
    if not rows:
        return
    connection.execute(
        """
        UPDATE chunks c SET start_offset = moved.start_offset, end_offset = moved.end_offset
        FROM unnest(%(keys)s::bigint[], %(starts)s::int[], %(ends)s::int[], %(hashes)s::bytea[])
            AS moved (key, start_offset, end_offset, text_hash)
        WHERE c.document_key = moved.key AND c.model_id = %(model)s
          AND c.text_hash = moved.text_hash
          AND (c.start_offset, c.end_offset)
              IS DISTINCT FROM (moved.start_offset, moved.end_offset)
        """,
        {
            "model": model_id,
            "keys": [key for key, _ in rows],
            "starts": [chunk.start_offset for _, chunk in rows],
            "ends": [chunk.end_offset for _, chunk in rows],
            "hashes": [chunk.text_hash for _, chunk in rows],
        },
    )


def _add(connection: Connection, model_id: int, rows: Sequence[tuple[int, NewChunk]]) -> None:
    if not rows:
        return
    with connection.cursor() as cursor, cursor.copy(_COPY) as copy:
        copy.write(_COPY_BEGIN + b"".join(_row(model_id, key, new) for key, new in rows))


_COPY = """
COPY chunks (document_key, model_id, start_offset, end_offset, text_hash, embedding)
FROM STDIN (FORMAT binary)
"""
_COPY_BEGIN = b"PGCOPY\n\xff\r\n\0" + bytes(8)


def _row(model_id: int, key: int, new: NewChunk) -> bytes:
    """Return a row as COPY reads it: numbers as text would cost more than all else of a store."""
    vector = new.vector or ()
    size = len(vector)
    return _layout(size).pack(
        *(6, 8, key, 4, model_id, 4, new.start_offset, 4, new.end_offset, 32, new.text_hash),
        *(4 + 2 * size, size, 0, *vector),
    )


@cache
def _layout(dimensions: int) -> struct.Struct:
    """Return the layout of a row: how many fields, and each after the number of its bytes."""
    return struct.Struct(f">h iq ii ii ii i32s ihh{dimensions}e")

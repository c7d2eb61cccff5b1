"""The tables of a synthetic corpus: its chunks are written in PostgreSQL's binary format."""

import hashlib
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import psycopg
from pydantic import SecretStr

from bench.corpus.synthetic import BLOCK, Floats, Integers
from shared.config import Settings
from shared.db.kit.pool import Connection
from shared.db.kit.session import connection_options

_HEADER = b"PGCOPY\n\xff\r\n\0" + struct.pack(">ii", 0, 0)
_END = struct.pack(">h", -1)

_CHUNKS = """
    COPY chunks (document_key, model_id, start_offset, end_offset, text_hash, embedding)
    FROM STDIN (FORMAT binary)
"""
# A row of this COPY: the number of columns, then the length and the value of each.
_CHUNK = [
    ("columns", ">i2"),
    *(("key_size", ">i4"), ("key", ">i8")),
    *(("model_size", ">i4"), ("model", ">i4")),
    *(("start_size", ">i4"), ("start", ">i4")),
    *(("end_size", ">i4"), ("end", ">i4")),
    *(("hash_size", ">i4"), ("hash", "S32")),
    *(("vector_size", ">i4"), ("dimensions", ">i2"), ("unused", ">i2")),
]


@contextmanager
def connected(database_url: str) -> Iterator[Connection]:
    options = connection_options(Settings(database_url=SecretStr(database_url)))
    with psycopg.connect(**options) as connection:
        connection.execute("SET statement_timeout = 0")
        yield connection


def first_key(connection: Connection) -> int:
    """Return the key of the first document. The others follow, because nobody else writes."""
    row = connection.execute("SELECT min(key) AS first FROM documents").fetchone()
    assert row is not None
    first: int = row["first"]
    return first


def size(connection: Connection, relation: str) -> int:
    row = connection.execute("SELECT pg_relation_size(%s) AS bytes", (relation,)).fetchone()
    assert row is not None
    return int(row["bytes"])


def copy_chunks(
    connection: Connection, keys: Integers, model_ids: Integers, vectors: Floats
) -> None:
    """Store a chunk of each document."""
    with connection.cursor() as cursor, cursor.copy(_CHUNKS) as copy:
        copy.write(_HEADER)
        for first in range(0, len(keys), BLOCK):
            block = slice(first, first + BLOCK)
            copy.write(_chunk_rows(keys[block], model_ids[block], vectors[block]).tobytes())
        copy.write(_END)


def timed_copy(connection: Connection, keys: Integers, model_id: int, vectors: Floats) -> float:
    """Store a chunk of each document under one model. Return the seconds."""
    started = time.perf_counter()
    copy_chunks(connection, keys, np.full(len(keys), model_id), vectors)
    return time.perf_counter() - started


def _chunk_rows(keys: Integers, model_ids: Integers, vectors: Floats) -> np.ndarray:
    dimensions = vectors.shape[1]
    rows = np.zeros(len(keys), np.dtype([*_CHUNK, ("vector", ">f2", (dimensions,))]))
    rows["columns"] = 6
    rows["key_size"], rows["key"] = 8, keys
    rows["model_size"], rows["model"] = 4, model_ids
    rows["start_size"], rows["start"] = 4, 0
    rows["end_size"], rows["end"] = 4, 200
    rows["hash_size"] = 32
    rows["hash"] = [hashlib.sha256(str(key).encode()).hexdigest()[:32].encode() for key in keys]
    rows["vector_size"], rows["dimensions"] = 4 + 2 * dimensions, dimensions
    rows["vector"] = vectors
    return rows

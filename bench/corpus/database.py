"""Stores a synthetic corpus in the product's tables with SQL, and builds their indexes."""

import hashlib
import json
import struct
import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import psycopg
from numpy.typing import NDArray
from pydantic import SecretStr

from bench.corpus.synthetic import PARTS, Corpus, Floats
from shared.config import Settings
from shared.db.kit.pool import Connection
from shared.db.kit.session import connection_options
from shared.db.models import embedding_models, vector_indexes
from shared.db.search import text_statistics
from shared.domain.documents.languages import ENGLISH
from shared.domain.models.identity import ModelIdentity
from shared.domain.refs import DEFAULT_TENANT
from shared.domain.search.lexing.documents import LEXING, lexed

Integers = NDArray[np.int64]

COLLECTION = "bench"
MODEL = "all-minilm"
BLOCK = 5000
_SEARCH_INDEXES = ("document_texts_lexemes", "documents_metadata")
_HEADER = b"PGCOPY\n\xff\r\n\0" + struct.pack(">ii", 0, 0)
_END = struct.pack(">h", -1)

_DOCUMENTS = """
    COPY documents (collection, id, title, content, metadata, content_hash, lane) FROM STDIN
"""
_TEXTS = """
    COPY document_texts (document_key, collection, language, length, lexemes, lexing) FROM STDIN
"""
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


@dataclass(frozen=True)
class BuiltIndex:
    """A search index, with the seconds of its build and its size in bytes."""

    name: str
    seconds: float
    size: int


def store(database_url: str, corpus: Corpus) -> Sequence[BuiltIndex]:
    """Store a corpus as the product would store it, and build its indexes."""
    options = connection_options(Settings(database_url=SecretStr(database_url)))
    with psycopg.connect(**options) as connection:
        connection.execute("SET statement_timeout = 0")
        definitions = _drop_indexes(connection)
        _write_documents(connection, corpus)
        connection.execute("INSERT INTO tenant_languages VALUES ('default', 'english')")
        _write_texts(connection, corpus)
        model = embedding_models.adopt(connection, ModelIdentity(MODEL))
        connection.execute("TRUNCATE jobs")
        _write_vectors(connection, corpus, model.id)
        text_seconds = sum(_timed(connection, definition) for definition in definitions)
        started = time.perf_counter()
        embedding_models.learn(connection, model, None, corpus.vectors[0].tolist())
        for change in vector_indexes.changes(connection):
            connection.execute(change)
        vector_seconds = time.perf_counter() - started
        text_statistics.refresh_tenant(connection, DEFAULT_TENANT)
        connection.execute("VACUUM ANALYZE")
        connection.execute("CHECKPOINT")
        vectors = _bytes(connection, f"chunks_embedding_{model.id}")
        texts = _bytes(connection, "document_texts_lexemes")
        return [
            BuiltIndex("vectors", vector_seconds, vectors),
            BuiltIndex("texts", text_seconds, texts),
        ]


def _drop_indexes(connection: Connection) -> list[str]:
    """Drop the indexes that build faster afterwards. Return their definitions."""
    query = "SELECT indexdef FROM pg_indexes WHERE indexname = ANY(%s)"
    found = connection.execute(query, (list(_SEARCH_INDEXES),)).fetchall()
    connection.execute(f"DROP INDEX {', '.join(_SEARCH_INDEXES)}")
    return [row["indexdef"] for row in found]


def _write_documents(connection: Connection, corpus: Corpus) -> None:
    with connection.cursor() as cursor, cursor.copy(_DOCUMENTS) as copy:
        for number in range(corpus.size):
            text = corpus.text(number)
            part = json.dumps({"part": number % PARTS})
            digest = hashlib.sha256(text.encode()).digest()
            copy.write_row((COLLECTION, str(number), None, text, part, digest, "bulk"))


def _write_texts(connection: Connection, corpus: Corpus) -> None:
    first = _first_key(connection)
    with connection.cursor() as cursor, cursor.copy(_TEXTS) as copy:
        for number in range(corpus.size):
            lexemes, length = lexed(ENGLISH, str(number), None, corpus.text(number))
            copy.write_row((first + number, COLLECTION, ENGLISH, length, lexemes, LEXING))


def _first_key(connection: Connection) -> int:
    """Return the key of the first document. The others follow because one COPY wrote them."""
    row = connection.execute("SELECT min(key) AS first FROM documents").fetchone()
    assert row is not None
    first: int = row["first"]
    return first


def _write_vectors(connection: Connection, corpus: Corpus, model_id: int) -> None:
    first_key = _first_key(connection)
    connection.execute(
        "INSERT INTO embeddings (document_key, model_id, version, content_hash, chunks)"
        " SELECT key, %s, version, content_hash, 1 FROM documents",
        (model_id,),
    )
    keys = first_key + np.arange(corpus.size)
    copy_chunks(connection, keys, np.full(corpus.size, model_id), corpus.vectors)


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


def _timed(connection: Connection, statement: str) -> float:
    started = time.perf_counter()
    connection.execute(statement.encode())
    return time.perf_counter() - started


def _bytes(connection: Connection, relation: str) -> int:
    row = connection.execute("SELECT pg_relation_size(%s) AS bytes", (relation,)).fetchone()
    assert row is not None
    size: int = row["bytes"]
    return size

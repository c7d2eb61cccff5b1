"""Stores a synthetic corpus in the product's tables with SQL, and builds their indexes."""

import hashlib
import json
import time
from collections.abc import Sequence
from typing import LiteralString, NamedTuple

import numpy as np

from bench.corpus.synthetic import PARTS, Corpus
from bench.corpus.tables import connected, first_key, size, timed_copy
from bench.corpus.vector_index import BuiltIndex, build
from shared.db.kit.pool import Connection
from shared.db.models import embedding_models
from shared.db.models.index_kinds import IndexKind
from shared.db.search import text_statistics
from shared.domain.documents.languages import ENGLISH
from shared.domain.models.identity import ModelIdentity
from shared.domain.refs import DEFAULT_TENANT
from shared.domain.search.lexing.documents import LEXING, lexed

COLLECTION = "bench"
MODEL = "all-minilm"
_SEARCH_INDEXES = ("document_texts_lexemes", "documents_metadata")

_DOCUMENTS = """
    COPY documents (collection, id, title, content, metadata, content_hash, lane) FROM STDIN
"""
_TEXTS = """
    COPY document_texts (document_key, collection, language, length, lexemes, lexing) FROM STDIN
"""
_WITHOUT_WORDS: LiteralString = f"""
    INSERT INTO document_texts (document_key, collection, language, length, lexemes, lexing)
    SELECT key, collection, '{ENGLISH}', 0, '', {LEXING} FROM documents
"""
_EMBEDDINGS = """
    INSERT INTO embeddings (document_key, model_id, version, content_hash, chunks)
    SELECT key, %s, version, content_hash, 1 FROM documents WHERE key BETWEEN %s AND %s
"""


class Written(NamedTuple):
    """What it took to store a corpus: the index of its texts, and the seconds of the chunks."""

    texts: BuiltIndex
    seconds: float


def store(database_url: str, corpus: Corpus) -> Sequence[BuiltIndex]:
    """Store a corpus as the product would store it, and build its indexes."""
    texts = write(database_url, corpus).texts
    return [build(database_url, corpus, IndexKind.VECTORS).index, texts]


def write(database_url: str, corpus: Corpus) -> Written:
    """Store a corpus, but for its vector index."""
    with connected(database_url) as connection:
        definitions = _drop_indexes(connection)
        _write_documents(connection, corpus)
        connection.execute("INSERT INTO tenant_languages VALUES ('default', 'english')")
        if corpus.has_texts:
            _write_texts(connection, corpus)
        else:
            connection.execute(_WITHOUT_WORDS)
        chunk_seconds = _write_vectors(connection, corpus)
        seconds = sum(_timed(connection, definition) for definition in definitions)
        text_statistics.refresh_tenant(connection, DEFAULT_TENANT)
        connection.execute("VACUUM ANALYZE")
        texts = BuiltIndex("texts", seconds, size(connection, "document_texts_lexemes"))
        return Written(texts, chunk_seconds)


def _drop_indexes(connection: Connection) -> list[str]:
    """Drop the indexes that build faster afterwards. Return their definitions."""
    query = "SELECT indexdef FROM pg_indexes WHERE indexname = ANY(%s)"
    found = connection.execute(query, (list(_SEARCH_INDEXES),)).fetchall()
    connection.execute(f"DROP INDEX {', '.join(_SEARCH_INDEXES)}")
    return [row["indexdef"] for row in found]


def _write_documents(connection: Connection, corpus: Corpus) -> None:
    # A trigger counts the rows of each statement, so that one of millions needs much disk.
    for numbers in corpus.numbers():
        with connection.cursor() as cursor, cursor.copy(_DOCUMENTS) as copy:
            for number in numbers.tolist():
                text = corpus.text(number)
                part = json.dumps({"part": number % PARTS})
                digest = hashlib.sha256(text.encode()).digest()
                copy.write_row((COLLECTION, str(number), None, text, part, digest, "bulk"))


def _write_texts(connection: Connection, corpus: Corpus) -> None:
    first = first_key(connection)
    with connection.cursor() as cursor, cursor.copy(_TEXTS) as copy:
        for number in range(corpus.size):
            lexemes, length = lexed(ENGLISH, str(number), None, corpus.text(number))
            copy.write_row((first + number, COLLECTION, ENGLISH, length, lexemes, LEXING))


def _write_vectors(connection: Connection, corpus: Corpus) -> float:
    """Return the seconds of the chunks alone."""
    model = embedding_models.adopt(connection, ModelIdentity(MODEL))
    connection.execute("TRUNCATE jobs")
    fingerprint = corpus.vectors(np.zeros(1, np.int64))[0].tolist()
    embedding_models.learn(connection, model, None, fingerprint)
    first, seconds = first_key(connection), 0.0
    for numbers, vectors in corpus.blocks():
        keys = first + numbers
        connection.execute(_EMBEDDINGS, (model.id, int(keys[0]), int(keys[-1])))
        seconds += timed_copy(connection, keys, model.id, vectors)
    return seconds


def _timed(connection: Connection, statement: str) -> float:
    started = time.perf_counter()
    connection.execute(statement.encode())
    return time.perf_counter() - started

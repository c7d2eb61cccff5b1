"""Stores the documents of several tenants in the product's tables, and builds their indexes."""

from collections.abc import Iterator, Sequence
from typing import LiteralString

import numpy as np
import psycopg
from pydantic import SecretStr

from bench.corpus.database import MODEL
from bench.corpus.synthetic import DIMENSIONS
from bench.corpus.tables import copy_chunks
from bench.corpus.tenants import TenantCorpus, scattered
from shared.config import Settings
from shared.db.kit.pool import Connection
from shared.db.kit.session import connection_options
from shared.db.kit.vectors import vector_literal
from shared.db.models import vector_indexes
from shared.db.search import text_indexes, text_statistics
from shared.domain.documents.languages import ENGLISH
from shared.domain.refs import DEFAULT_TENANT, Collection, Tenant
from shared.domain.search.lexing.documents import LEXING, lexed

DIGEST = "0" * 64
FINGERPRINT = [1.0, *[0.0] * (DIMENSIONS - 1)]
_COLLECTION = "bench"
_INDEXES = ("document_texts_lexemes", "documents_metadata")
_TABLES: Sequence[LiteralString] = (
    "CREATE TEMP TABLE placed (number bigint, owner int, id int)",
    "CREATE TEMP TABLE owners (owner int, collection text, model int, texts int)",
    "CREATE TEMP TABLE texts (owner int, place int, content text, lexemes tsvector, length int)",
)
_PLACED: LiteralString = """FROM placed p JOIN owners o USING (owner) JOIN texts t USING (owner)
WHERE t.place = mod(p.id, o.texts) ORDER BY p.number"""
_DOCUMENTS: LiteralString = f"""
INSERT INTO documents (collection, id, content, metadata, content_hash, lane)
SELECT o.collection, p.id, t.content, '{{}}', sha256(t.content::bytea), 'bulk' {_PLACED}
"""
_TEXTS: LiteralString = f"""
INSERT INTO document_texts (document_key, collection, language, length, lexemes, lexing)
SELECT %(first)s + p.number, o.collection, 'english', t.length, t.lexemes, {LEXING} {_PLACED}
"""
_EMBEDDINGS: LiteralString = """
INSERT INTO embeddings (document_key, model_id, version, content_hash, chunks)
SELECT %(first)s + p.number, o.model, 1, ''::bytea, 1 FROM placed p JOIN owners o USING (owner)
"""
_MODEL: LiteralString = """
INSERT INTO embedding_models (tenant, name, chunk_tokens, state, digest, dimensions, fingerprint)
VALUES (%s, %s, 256, %s, %s, %s, %s::halfvec) RETURNING id
"""


def collection(corpus: TenantCorpus) -> Collection:
    """Return the only collection of a tenant."""
    return Collection(Tenant(corpus.name), _COLLECTION)


def store(database_url: str, corpora: Sequence[TenantCorpus]) -> None:
    """Store the documents of all tenants as the product would store them."""
    options = connection_options(Settings(database_url=SecretStr(database_url)))
    with psycopg.connect(**options) as connection:
        connection.execute("SET statement_timeout = 0")
        # The rows are known to be consistent, so that foreign keys need no check.
        connection.execute("SET session_replication_role = replica")
        definitions = _drop_indexes(connection)
        models = [_add_tenant(connection, corpus) for corpus in corpora]
        _write(connection, corpora, models)
        for definition in definitions:
            connection.execute(definition)
        for corpus in corpora:
            text_statistics.refresh_tenant(connection, Tenant(corpus.name))
        for change in vector_indexes.changes(connection):
            connection.execute(change)
        for change in text_indexes.changes(connection):
            connection.execute(change)
        connection.execute("VACUUM ANALYZE")
        connection.execute("CHECKPOINT")


def _drop_indexes(connection: Connection) -> list[bytes]:
    """Drop the indexes that build faster afterwards. Return their definitions."""
    query = "SELECT indexname, indexdef FROM pg_indexes WHERE indexname = ANY(%s)"
    found = connection.execute(query, (list(_INDEXES),)).fetchall()
    connection.execute(f"DROP INDEX {', '.join(row['indexname'] for row in found)}".encode())
    return [row["indexdef"].encode() for row in found]


def _add_tenant(connection: Connection, corpus: TenantCorpus) -> int:
    """Add a tenant and its model. Return the model's id."""
    is_default = corpus.name == DEFAULT_TENANT.name
    state = "active" if is_default else "retired"
    dimensions = DIMENSIONS if corpus.is_searched else None
    values = (corpus.name, MODEL, state, DIGEST, dimensions, vector_literal(FINGERPRINT))
    row = connection.execute(_MODEL, values).fetchone()
    assert row is not None
    language = (corpus.name, ENGLISH)
    connection.execute("INSERT INTO tenant_languages VALUES (%s, %s)", language)
    if not is_default:
        added = (corpus.name, row["id"])
        connection.execute("INSERT INTO tenants (name, model_id) VALUES (%s, %s)", added)
    model: int = row["id"]
    return model


def _write(connection: Connection, corpora: Sequence[TenantCorpus], models: Sequence[int]) -> None:
    owners = scattered(corpora)
    ids = np.empty(len(owners), np.int64)
    for owner, corpus in enumerate(corpora):
        ids[owners == owner] = np.arange(corpus.size)
    for table in _TABLES:
        connection.execute(table)
    _copy(connection, "placed", zip(range(len(owners)), owners.tolist(), ids.tolist(), strict=True))
    _copy(
        connection,
        "owners",
        (
            (owner, collection(corpus).key, model, len(corpus.texts))
            for owner, (corpus, model) in enumerate(zip(corpora, models, strict=True))
        ),
    )
    _copy(connection, "texts", _texts(corpora))
    connection.execute("ANALYZE placed, owners, texts")
    connection.execute(_DOCUMENTS)
    row = connection.execute("SELECT min(key) AS first FROM documents").fetchone()
    assert row is not None
    connection.execute(_TEXTS, row)
    connection.execute(_EMBEDDINGS, row)
    vectors = np.empty((len(owners), DIMENSIONS), np.float32)
    for owner, corpus in enumerate(corpora):
        vectors[owners == owner] = corpus.vectors
    keys = row["first"] + np.arange(len(owners))
    copy_chunks(connection, keys, np.array(models)[owners], vectors)


def _texts(corpora: Sequence[TenantCorpus]) -> Iterator[tuple[object, ...]]:
    for owner, corpus in enumerate(corpora):
        for place, text in enumerate(corpus.texts):
            lexemes, length = lexed(ENGLISH, str(place), None, text)
            yield owner, place, text, lexemes, length


def _copy(connection: Connection, table: LiteralString, rows: Iterator[tuple[object, ...]]) -> None:
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)

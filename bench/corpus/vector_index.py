"""Builds the vector index of a stored corpus, as a worker would build it."""

import time
from dataclasses import dataclass

import numpy as np

from bench.corpus.synthetic import Corpus
from bench.corpus.tables import connected, first_key, size, timed_copy
from shared.db.kit.pool import Connection
from shared.db.models import embedding_models, vector_indexes
from shared.db.models.index_kinds import IndexKind
from shared.domain.refs import DEFAULT_TENANT

ADDED_MAX = 1000
"""So many chunks are written after the index was built."""
KINDS = {"halfvec": IndexKind.VECTORS, "bits": IndexKind.BITS}
LIMITS = {IndexKind.VECTORS: 0, IndexKind.BITS: 1}
"""The settings that make a worker build each kind."""


@dataclass(frozen=True)
class BuiltIndex:
    """A search index, with the seconds of its build and its size in bytes."""

    name: str
    seconds: float
    size: int


@dataclass(frozen=True)
class Build:
    """A vector index, and the milliseconds that another chunk took."""

    index: BuiltIndex
    insert_ms: float


def build(database_url: str, corpus: Corpus, kind: IndexKind) -> Build:
    """Replace the vector index by one of this kind. The newest chunks are written after it."""
    added = np.arange(corpus.size - min(ADDED_MAX, corpus.size // 10), corpus.size)
    with connected(database_url) as connection:
        model = embedding_models.default(connection, DEFAULT_TENANT)
        assert model is not None
        keys = first_key(connection) + added
        connection.execute("DELETE FROM chunks WHERE document_key >= %s", (int(keys[0]),))
        seconds = _build(connection, kind, model.id)
        insert_seconds = timed_copy(connection, keys, model.id, corpus.vectors(added))
        connection.execute("CHECKPOINT")
        built = size(connection, kind.index_of(model.id))
        return Build(BuiltIndex("vectors", seconds, built), 1000 * insert_seconds / len(added))


def _build(connection: Connection, kind: IndexKind, model_id: int) -> float:
    for each in IndexKind:
        connection.execute(f"DROP INDEX IF EXISTS {each.index_of(model_id)}".encode())
    connection.execute(f"SET inkdex.binary_index_chunks = {LIMITS[kind]:d}".encode())
    started = time.perf_counter()
    for change in vector_indexes.changes(connection):
        connection.execute(change)
    return time.perf_counter() - started

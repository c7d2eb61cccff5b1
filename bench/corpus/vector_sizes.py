"""The bytes of vector indexes, measured in PostgreSQL on random vectors."""

import numpy as np
import psycopg

from shared.config import get_settings
from shared.db.kit.vectors import vector_literal
from shared.domain.models.embedding_model import INDEXED_DIMENSIONS_MAX

VECTORS = 2000


def bytes_per_vector(database_url: str, dimensions: int) -> dict[str, float | None]:
    """Return the bytes of a vector in an HNSW index of `halfvec` and in one of `bit`.

    The first is None if pgvector cannot index so many dimensions.
    """
    halfvec = f"(embedding::halfvec({dimensions})) halfvec_cosine_ops"
    bits = f"(binary_quantize(embedding)::bit({dimensions})) bit_hamming_ops"
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("CREATE EXTENSION IF NOT EXISTS vector")
        connection.execute("DROP TABLE IF EXISTS vectors")
        connection.execute(f"CREATE TABLE vectors (embedding halfvec({dimensions}))")
        with connection.cursor() as cursor, cursor.copy("COPY vectors FROM STDIN") as copy:
            for vector in np.random.default_rng(0).standard_normal((VECTORS, dimensions)):
                copy.write_row([vector_literal(vector.tolist())])
        indexable = dimensions <= INDEXED_DIMENSIONS_MAX
        return {
            "halfvec": _index_bytes(connection, halfvec) / VECTORS if indexable else None,
            "bit": _index_bytes(connection, bits) / VECTORS,
        }


def _index_bytes(connection: psycopg.Connection, column: str) -> int:
    m = get_settings().hnsw_m
    connection.execute(f"CREATE INDEX measured ON vectors USING hnsw ({column}) WITH (m = {m})")
    row = connection.execute("SELECT pg_relation_size('measured')").fetchone()
    connection.execute("DROP INDEX measured")
    assert row is not None
    return int(row[0])

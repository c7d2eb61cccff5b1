"""Embedding models: which one is active, and what is known of it."""

from typing import Any

from shared.db.kit.pool import AsyncConnection, Connection
from shared.db.kit.vectors import vector_literal
from shared.domain.embedding.vectors import Vector
from shared.domain.models.embedding_model import EmbeddingModel
from shared.domain.models.identity import ModelIdentity

INDEXED_DIMENSIONS_MAX = 4000
"""What pgvector's HNSW takes of a halfvec; vectors of more are compared one by one."""


_ACTIVE = (
    "SELECT id, name, document_prefix, query_prefix, digest, dimensions,"
    " fingerprint::real[] AS fingerprint FROM embedding_models WHERE state = 'active'"
)


def active(connection: Connection) -> EmbeddingModel | None:
    """Return the active model, or None before any worker has started."""
    return _model(connection.execute(_ACTIVE).fetchone())


async def active_async(connection: AsyncConnection) -> EmbeddingModel | None:
    """Return the active model, or None before any worker has started."""
    cursor = await connection.execute(_ACTIVE)
    return _model(await cursor.fetchone())


def _model(row: dict[str, Any] | None) -> EmbeddingModel | None:
    if row is None:
        return None
    fingerprint = row["fingerprint"]
    return EmbeddingModel(
        row["id"],
        ModelIdentity(row["name"], row["document_prefix"], row["query_prefix"]),
        row["digest"],
        row["dimensions"],
        tuple(fingerprint) if fingerprint else None,
    )


def adopt(connection: Connection, wanted: ModelIdentity) -> EmbeddingModel:
    """Make `wanted` the active model unless something is already embedded by another.

    Documents that were written before there was a model get their jobs here; writers wait
    meanwhile, so that none is written between the two.
    """
    with connection.transaction():
        connection.execute("SET LOCAL statement_timeout = 0")
        connection.execute("SELECT pg_advisory_xact_lock(hashtext('inkdex embedding model'))")
        model = active(connection)
        if model is None or (model.identity != wanted and not _has_embedded(connection, model)):
            connection.execute("LOCK TABLE documents IN SHARE ROW EXCLUSIVE MODE")
            connection.execute("DELETE FROM embedding_models WHERE state = 'active'")
            _activate(connection, wanted)
            model = active(connection)
    assert model is not None
    return model


def _has_embedded(connection: Connection, model: EmbeddingModel) -> bool:
    row = connection.execute(
        "SELECT EXISTS (SELECT FROM embeddings WHERE model_id = %s) AS embedded", (model.id,)
    ).fetchone()
    return bool(row and row["embedded"])


def _activate(connection: Connection, identity: ModelIdentity) -> None:
    connection.execute(
        """
        WITH adopted AS (
            INSERT INTO embedding_models (name, document_prefix, query_prefix, state)
            VALUES (%s, %s, %s, 'active') RETURNING id
        )
        INSERT INTO jobs (document_key, model_id, version, lane)
        SELECT d.key, adopted.id, d.content_version, d.lane FROM documents d, adopted
        """,
        (identity.name, identity.document_prefix, identity.query_prefix),
    )


def learn(
    connection: Connection,
    model: EmbeddingModel,
    digest: str | None,
    fingerprint: Vector,
) -> None:
    """Record what the model server told of a model, and index its vectors from the first."""
    dimensions = len(fingerprint)
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(hashtext('inkdex embedding model'))")
        connection.execute(
            "UPDATE embedding_models SET digest = %s, dimensions = coalesce(dimensions, %s),"
            " fingerprint = coalesce(fingerprint, %s::halfvec) WHERE id = %s",
            (digest, dimensions, vector_literal(fingerprint), model.id),
        )
        if dimensions > INDEXED_DIMENSIONS_MAX:
            return
        connection.execute("SET LOCAL statement_timeout = 0")
        connection.execute(
            f"CREATE INDEX IF NOT EXISTS chunks_embedding_{model.id:d} ON chunks USING hnsw"
            f" ((embedding::halfvec({dimensions:d})) halfvec_cosine_ops)"
            f" WITH ({_index_parameters(connection)}) WHERE model_id = {model.id:d}"
        )


def _index_parameters(connection: Connection) -> str:
    """Return the parameters of a vector index by the settings, which the session carries."""
    row = connection.execute(
        "SELECT current_setting('inkdex.hnsw_m')::int AS m,"
        " current_setting('inkdex.hnsw_ef_construction')::int AS ef_construction"
    ).fetchone()
    assert row is not None
    return ", ".join(f"{name} = {value:d}" for name, value in row.items())

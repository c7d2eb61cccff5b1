"""Embedding models: which one is active, and what is known of it."""

from dataclasses import dataclass
from typing import Any

from shared.db.jobs import vector_literal
from shared.db.pool import AsyncConnection, Connection
from shared.domain.vectors import Vector


@dataclass(frozen=True, slots=True)
class EmbeddingModel:
    """The active model; what only the model server can tell is None until it has answered."""

    id: int
    name: str
    digest: str | None
    dimensions: int | None
    fingerprint: tuple[float, ...] | None


_ACTIVE = (
    "SELECT id, name, digest, dimensions, fingerprint::real[] AS fingerprint"
    " FROM embedding_models WHERE state = 'active'"
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
    return EmbeddingModel(**row | {"fingerprint": tuple(fingerprint) if fingerprint else None})


def adopt(connection: Connection, name: str) -> EmbeddingModel:
    """Make `name` the active model unless something is already embedded by another.

    Documents that were written before there was a model get their jobs here.
    """
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(hashtext('inkdex embedding model'))")
        connection.execute(
            "DELETE FROM embedding_models m WHERE state = 'active' AND name <> %s"
            " AND NOT EXISTS (SELECT FROM embeddings e WHERE e.model_id = m.id)",
            (name,),
        )
        connection.execute(
            """
            WITH adopted AS (
                INSERT INTO embedding_models (name, state) SELECT %s, 'active'
                WHERE NOT EXISTS (SELECT FROM embedding_models WHERE state = 'active')
                RETURNING id
            )
            INSERT INTO jobs (document_key, model_id, version, lane)
            SELECT d.key, adopted.id, d.content_version, d.lane FROM documents d, adopted
            ON CONFLICT DO NOTHING
            """,
            (name,),
        )
        model = active(connection)
    assert model is not None
    return model


def learn(
    connection: Connection, model: EmbeddingModel, digest: str | None, fingerprint: Vector
) -> None:
    """Record what the model server told of a model, and index its vectors from the first one."""
    dimensions = len(fingerprint)
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(hashtext('inkdex embedding model'))")
        connection.execute(
            "UPDATE embedding_models SET digest = %s, dimensions = coalesce(dimensions, %s),"
            " fingerprint = coalesce(fingerprint, %s::halfvec) WHERE id = %s",
            (digest, dimensions, vector_literal(fingerprint), model.id),
        )
        connection.execute("SET LOCAL statement_timeout = 0")
        connection.execute(
            f"CREATE INDEX IF NOT EXISTS chunks_embedding_{model.id:d} ON chunks USING hnsw"
            f" ((embedding::halfvec({dimensions:d})) halfvec_cosine_ops)"
            f" WHERE model_id = {model.id:d}"
        )

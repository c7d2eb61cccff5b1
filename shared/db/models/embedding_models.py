"""Embedding models: which one is active, and what the model server has reported about it."""

from typing import LiteralString

from shared.db.kit.fetch import fetch_one, fetch_optional, fetch_optional_async, fetch_value
from shared.db.kit.pool import AsyncConnection, Connection
from shared.db.kit.vectors import vector_literal
from shared.db.tables import EmbeddingModelRow
from shared.db.tables.job_flow import FLOW
from shared.domain.embedding.vectors import Vector
from shared.domain.models.embedding_model import EmbeddingModel
from shared.domain.models.identity import ModelIdentity

IS_ACTIVE: LiteralString = "m.state = 'active'"
ACTIVE_MODEL: LiteralString = f"embedding_models m ON {IS_ACTIVE}"
"""To be joined. No other module decides which model is active."""
UNRETIRED_MODELS: LiteralString = "embedding_models m ON m.state <> 'retired'"
"""The models that new texts are embedded under."""

INDEXED_DIMENSIONS_MAX = 4000
"""The limit of pgvector's HNSW for halfvec. Longer vectors are compared one by one."""

_ACTIVE: LiteralString = f"""
SELECT id, name, document_prefix, query_prefix, digest, dimensions,
    fingerprint::real[] AS fingerprint
FROM embedding_models m WHERE {IS_ACTIVE}
"""
_LOCK: LiteralString = "SELECT pg_advisory_xact_lock(hashtext('inkdex embedding model'))"
_HAS_EMBEDDED: LiteralString = "SELECT EXISTS (SELECT FROM embeddings WHERE model_id = %s)"
_ACTIVATE: LiteralString = f"""
WITH activated AS (
    INSERT INTO embedding_models (name, document_prefix, query_prefix, state)
    VALUES (%s, %s, %s, 'active') RETURNING id
)
INSERT INTO jobs (document_key, model_id, version, lane, flow)
SELECT d.key, activated.id, d.content_version, d.lane, {FLOW} FROM documents d, activated
"""
_LEARN: LiteralString = """
UPDATE embedding_models SET digest = %s, dimensions = coalesce(dimensions, %s),
    fingerprint = coalesce(fingerprint, %s::halfvec)
WHERE id = %s
"""
_INDEX_PARAMETERS: LiteralString = """
SELECT current_setting('inkdex.hnsw_m')::int AS m,
    current_setting('inkdex.hnsw_ef_construction')::int AS ef_construction
"""


def active(connection: Connection) -> EmbeddingModel | None:
    """Return the active model, or None before the first worker has started."""
    return _model(fetch_optional(connection, EmbeddingModelRow, _ACTIVE))


async def active_async(connection: AsyncConnection) -> EmbeddingModel | None:
    """Return the active model, or None before the first worker has started."""
    return _model(await fetch_optional_async(connection, EmbeddingModelRow, _ACTIVE))


def _model(row: EmbeddingModelRow | None) -> EmbeddingModel | None:
    if row is None:
        return None
    return EmbeddingModel(
        row.id,
        ModelIdentity(row.name, row.document_prefix, row.query_prefix),
        row.digest,
        row.dimensions,
        tuple(row.fingerprint) if row.fingerprint else None,
    )


def adopt(connection: Connection, wanted: ModelIdentity) -> EmbeddingModel:
    """Make `wanted` the active model unless the current one has embedded something.

    Return the active model.
    """
    with connection.transaction():
        connection.execute("SET LOCAL statement_timeout = 0")
        connection.execute(_LOCK)
        model = active(connection)
        if model is None or (model.identity != wanted and not _has_embedded(connection, model)):
            _activate(connection, wanted)
            model = active(connection)
    assert model is not None, "a model is active"
    return model


def embedded_with(connection: Connection) -> EmbeddingModel | None:
    """Return the active model if it has embedded a document."""
    model = active(connection)
    return model if model and _has_embedded(connection, model) else None


def _has_embedded(connection: Connection, model: EmbeddingModel) -> bool:
    return bool(fetch_value(connection, _HAS_EMBEDDED, (model.id,)))


def _activate(connection: Connection, identity: ModelIdentity) -> None:
    """Replace the active model, and create the jobs of all documents.

    The lock on the table keeps out writes, which would otherwise create no job for this model.
    """
    connection.execute("LOCK TABLE documents IN SHARE ROW EXCLUSIVE MODE")
    connection.execute(f"DELETE FROM embedding_models m WHERE {IS_ACTIVE}")
    connection.execute(_ACTIVATE, (identity.name, identity.document_prefix, identity.query_prefix))


def learn(
    connection: Connection, model: EmbeddingModel, digest: str | None, fingerprint: Vector
) -> None:
    """Record a model's digest, dimensions and fingerprint, and create its vector index."""
    dimensions = len(fingerprint)
    with connection.transaction():
        connection.execute(_LOCK)
        connection.execute(_LEARN, (digest, dimensions, vector_literal(fingerprint), model.id))
        if dimensions <= INDEXED_DIMENSIONS_MAX:
            _create_index(connection, model.id, dimensions)


def _create_index(connection: Connection, model_id: int, dimensions: int) -> None:
    connection.execute("SET LOCAL statement_timeout = 0")
    connection.execute(
        f"CREATE INDEX IF NOT EXISTS chunks_embedding_{model_id:d} ON chunks USING hnsw"
        f" ((embedding::halfvec({dimensions:d})) halfvec_cosine_ops)"
        f" WITH ({_index_parameters(connection)}) WHERE model_id = {model_id:d}"
    )


def _index_parameters(connection: Connection) -> str:
    """Return the parameters of a vector index, which kit/session.py sets for each session."""
    row = fetch_one(connection, dict[str, int], _INDEX_PARAMETERS)
    return ", ".join(f"{name} = {value:d}" for name, value in row.items())

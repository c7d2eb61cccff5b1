"""Embedding models, and what the model server has reported about them."""

from collections.abc import Iterable, Sequence
from typing import LiteralString

from shared.db.kit.fetch import (
    fetch_all,
    fetch_all_async,
    fetch_optional,
    fetch_optional_async,
    fetch_value,
    fetch_value_async,
)
from shared.db.kit.pool import AsyncConnection, Connection
from shared.db.kit.tenants import OF_TENANT, keys_of
from shared.db.kit.vectors import vector_literal
from shared.db.models.roles import (
    ACTIVE_MODEL_OF,
    ALL_ACTIVE_MODELS,
    DEFAULT_MODEL_OF,
    IS_IN_USE,
)
from shared.db.tables import EmbeddingModelRow
from shared.db.tables.job_flow import FLOW
from shared.domain.embedding.vectors import Vector
from shared.domain.models.embedding_model import SAME_MODEL_SIMILARITY, EmbeddingModel
from shared.domain.models.identity import ModelIdentity
from shared.domain.refs import DEFAULT_TENANT, Collection, Tenant

_MODEL: LiteralString = """SELECT id, name, document_prefix, query_prefix, cut_dimensions,
    chunk_tokens, digest, dimensions, fingerprint::real[] AS fingerprint
FROM embedding_models m"""
_DEFAULT: LiteralString = (
    f"{_MODEL} WHERE id = {DEFAULT_MODEL_OF.format(tenant='%(tenant)s::text')}"
)
_READ: LiteralString = f"{_MODEL} WHERE id = %s"
_READ_ALL: LiteralString = f"{_MODEL} WHERE id = ANY(%s) ORDER BY id"
_ACTIVE: LiteralString = (
    f"{_MODEL} WHERE id = {ACTIVE_MODEL_OF.format(collection='%(collection)s')}"
)
_ALL_ACTIVE: LiteralString = f"""{_MODEL}
WHERE id = ANY({ALL_ACTIVE_MODELS}) ORDER BY id"""
_IN_USE: LiteralString = f"{_MODEL} WHERE {IS_IN_USE} ORDER BY id"
_LOCK: LiteralString = "SELECT pg_advisory_xact_lock(hashtext('inkdex embedding model'))"
_HAS_EMBEDDED: LiteralString = "SELECT EXISTS (SELECT FROM embeddings WHERE model_id = %s)"
_FIND: LiteralString = """
SELECT id FROM embedding_models
WHERE (tenant, name, document_prefix, query_prefix)
    = (%(tenant)s, %(name)s, %(document_prefix)s, %(query_prefix)s)
  AND cut_dimensions IS NOT DISTINCT FROM %(dimensions)s
  AND (chunk_tokens = %(chunk_tokens)s OR chunk_tokens IS NULL)
  AND CASE WHEN %(fingerprint)s::halfvec IS NULL OR fingerprint IS NULL THEN true
      WHEN dimensions <> vector_dims(%(fingerprint)s::halfvec) THEN false
      ELSE 1 - (fingerprint <=> %(fingerprint)s::halfvec) >= %(same)s END
ORDER BY id DESC LIMIT 1
"""
_INSERT: LiteralString = """
INSERT INTO embedding_models
    (tenant, name, document_prefix, query_prefix, cut_dimensions, chunk_tokens, state, fingerprint,
        dimensions)
VALUES (%(tenant)s, %(name)s, %(document_prefix)s, %(query_prefix)s, %(dimensions)s,
    %(chunk_tokens)s, 'retired', %(fingerprint)s::halfvec, vector_dims(%(fingerprint)s::halfvec))
RETURNING id
"""
# Before chunk sizes were recorded, they were as configured.
_RECORD_CHUNK_TOKENS: LiteralString = (
    "UPDATE embedding_models SET chunk_tokens = %s WHERE chunk_tokens IS NULL"
)
_KEEP_MODEL: LiteralString = f"""
INSERT INTO collections (name, active_model_id)
SELECT DISTINCT collection, %(model)s::int FROM documents
WHERE {OF_TENANT.format(collection="collection")} ON CONFLICT DO NOTHING
"""
# A collection whose model changes keeps its row, and its jobs.
_LEAVE_MODEL: LiteralString = """
DELETE FROM collections
WHERE active_model_id = %s AND building_model_id IS NULL AND previous_model_id IS NULL
"""
_DELETE_JOBS: LiteralString = """
DELETE FROM jobs j USING documents d
WHERE j.model_id = %s AND d.key = j.document_key
  AND NOT EXISTS (SELECT FROM collections WHERE name = d.collection)
"""
_NO_DEFAULT: LiteralString = "UPDATE embedding_models SET state = 'retired' WHERE state = 'active'"
_SET_DEFAULT: LiteralString = "UPDATE embedding_models SET state = 'active' WHERE id = %(model)s"
_SET_DEFAULT_OF_TENANT: LiteralString = (
    "UPDATE tenants SET model_id = %(model)s WHERE name = %(tenant)s"
)
_OTHER_TENANTS: LiteralString = "SELECT name FROM tenants WHERE model_id IS NOT NULL ORDER BY name"
_CREATE_JOBS: LiteralString = f"""
INSERT INTO jobs (document_key, model_id, version, lane, flow)
SELECT d.key, %(model)s, d.content_version, d.lane, {FLOW} FROM documents d
WHERE {OF_TENANT.format(collection="d.collection")}
  AND NOT EXISTS (SELECT FROM collections WHERE name = d.collection)
ON CONFLICT DO NOTHING
"""
_LEARN: LiteralString = """
UPDATE embedding_models SET digest = %s, dimensions = coalesce(dimensions, %s),
    fingerprint = %s::halfvec
WHERE id = %s AND fingerprint IS NULL
"""
_LEARN_DIGEST: LiteralString = "UPDATE embedding_models SET digest = %s WHERE id = %s"


def default(connection: Connection, tenant: Tenant = DEFAULT_TENANT) -> EmbeddingModel | None:
    """Return the model of new collections, or None before the first worker has started."""
    return _model(fetch_optional(connection, EmbeddingModelRow, _DEFAULT, keys_of(tenant)))


def read(connection: Connection, model_id: int) -> EmbeddingModel | None:
    return _model(fetch_optional(connection, EmbeddingModelRow, _READ, (model_id,)))


async def read_async(connection: AsyncConnection, model_id: int) -> EmbeddingModel | None:
    return _model(await fetch_optional_async(connection, EmbeddingModelRow, _READ, (model_id,)))


def in_use(connection: Connection) -> list[EmbeddingModel]:
    """Return the models that documents are embedded under."""
    return _models(fetch_all(connection, EmbeddingModelRow, _IN_USE))


def read_all(connection: Connection, model_ids: Iterable[int]) -> list[EmbeddingModel]:
    """Return models by their ids."""
    return _models(fetch_all(connection, EmbeddingModelRow, _READ_ALL, (list(model_ids),)))


async def active_async(
    connection: AsyncConnection, within: Collection | Tenant
) -> list[EmbeddingModel]:
    """Return the active model of a collection, or those of a tenant. None before a worker ran."""
    if isinstance(within, Tenant):
        return _models(
            await fetch_all_async(connection, EmbeddingModelRow, _ALL_ACTIVE, keys_of(within))
        )
    parameters = {"collection": within}
    return _models(await fetch_all_async(connection, EmbeddingModelRow, _ACTIVE, parameters))


def _models(rows: Sequence[EmbeddingModelRow]) -> list[EmbeddingModel]:
    return [model for row in rows if (model := _model(row))]


def _model(row: EmbeddingModelRow | None) -> EmbeddingModel | None:
    if row is None:
        return None
    return EmbeddingModel(
        row.id,
        ModelIdentity(
            row.name, row.document_prefix, row.query_prefix, row.cut_dimensions, row.chunk_tokens
        ),
        row.digest,
        row.dimensions,
        tuple(row.fingerprint) if row.fingerprint else None,
    )


def adopt(connection: Connection, wanted: ModelIdentity) -> EmbeddingModel:
    """Make `wanted` the model of new collections of all tenants; return that of the default one.

    Collections with documents keep the model that embedded them. If that model has embedded
    nothing at all, they change too.
    """
    with connection.transaction():
        connection.execute("SET LOCAL statement_timeout = 0")
        connection.execute(_LOCK)
        connection.execute(_RECORD_CHUNK_TOKENS, (wanted.chunk_tokens,))
        others = [Tenant(row["name"]) for row in connection.execute(_OTHER_TENANTS)]
        for tenant in (DEFAULT_TENANT, *others):
            model = default(connection, tenant)
            if model is None or model.identity != wanted:
                _change_default(connection, tenant, model, wanted)
        model = default(connection)
    assert model is not None, "a model is the default"
    return model


def embedded_with(connection: Connection) -> EmbeddingModel | None:
    """Return the default model if it has embedded a document."""
    model = default(connection)
    return model if model and _has_embedded(connection, model) else None


def _has_embedded(connection: Connection, model: EmbeddingModel) -> bool:
    return bool(fetch_value(connection, _HAS_EMBEDDED, (model.id,)))


def _change_default(
    connection: Connection,
    tenant: Tenant,
    former: EmbeddingModel | None,
    wanted: ModelIdentity,
) -> None:
    """Replace the default. The lock on the table keeps out writes, which read it."""
    connection.execute("LOCK TABLE documents IN SHARE ROW EXCLUSIVE MODE")
    if former and _has_embedded(connection, former):
        connection.execute(_KEEP_MODEL, {"model": former.id, **keys_of(tenant)})
    elif former:
        connection.execute(_LEAVE_MODEL, (former.id,))
        connection.execute(_DELETE_JOBS, (former.id,))
    model = {"model": register(connection, tenant, wanted), **keys_of(tenant)}
    if tenant == DEFAULT_TENANT:
        connection.execute(_NO_DEFAULT)
        connection.execute(_SET_DEFAULT, model)
    else:
        connection.execute(_SET_DEFAULT_OF_TENANT, model)
    connection.execute(_CREATE_JOBS, model)


def register(connection: Connection, tenant: Tenant, identity: ModelIdentity) -> int:
    """Return the id of a tenant's model, which is added if it is new."""
    parameters = _parameters(tenant, identity)
    connection.execute(_LOCK)
    known = fetch_value(connection, _FIND, parameters)
    return int(known or fetch_value(connection, _INSERT, parameters))


async def register_async(
    connection: AsyncConnection, tenant: Tenant, identity: ModelIdentity, fingerprint: Vector
) -> int:
    """Return the id of a tenant's model with this fingerprint, which is added if it is new."""
    parameters = _parameters(tenant, identity, fingerprint)
    await connection.execute(_LOCK)
    known = await fetch_value_async(connection, _FIND, parameters)
    return int(known or await fetch_value_async(connection, _INSERT, parameters))


def _parameters(
    tenant: Tenant, identity: ModelIdentity, fingerprint: Vector | None = None
) -> dict[str, str | float | None]:
    return {
        "tenant": tenant.name,
        "fingerprint": vector_literal(fingerprint) if fingerprint is not None else None,
        "same": SAME_MODEL_SIMILARITY,
        "name": identity.name,
        "document_prefix": identity.document_prefix,
        "query_prefix": identity.query_prefix,
        "dimensions": identity.dimensions,
        "chunk_tokens": identity.chunk_tokens,
    }


def learn(
    connection: Connection, model: EmbeddingModel, digest: str | None, fingerprint: Vector
) -> None:
    """Record a model's digest, dimensions and fingerprint, unless it has them."""
    parameters = (digest, len(fingerprint), vector_literal(fingerprint), model.id)
    connection.execute(_LEARN, parameters)


def learn_digest(connection: Connection, model: EmbeddingModel, digest: str) -> None:
    """Record that another file has the same model."""
    connection.execute(_LEARN_DIGEST, (digest, model.id))

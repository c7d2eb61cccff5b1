"""The vector index of each model of a large tenant. It is built while chunks are written.

The statements cannot run in a transaction, so they need a session of their own.
"""

from typing import LiteralString, NamedTuple

from shared.db.kit.fetch import fetch_all, fetch_one, fetch_value
from shared.db.kit.pool import Connection
from shared.db.models.large_tenants import LARGE_TENANTS, STILL_LARGE_TENANTS
from shared.db.models.roles import IS_IN_USE
from shared.domain.models.embedding_model import INDEXED_DIMENSIONS_MAX

UNNECESSARY: LiteralString = "unnecessary"
"""The phase of an index that a small tenant does not need."""
LOCK = "inkdex vector indexes"

# A build that was interrupted leaves an invalid index, which no search uses.
_MISSING: LiteralString = f"""
WITH wanted AS MATERIALIZED (
    SELECT m.id AS model_id, m.dimensions, to_regclass('chunks_embedding_' || m.id) AS index
    FROM embedding_models m
    WHERE m.dimensions <= {INDEXED_DIMENSIONS_MAX}
      AND {IS_IN_USE} AND (m.tenant = 'default' OR m.tenant IN {LARGE_TENANTS})
)
SELECT model_id, dimensions, index IS NOT NULL AS broken FROM wanted
WHERE NOT EXISTS (SELECT FROM pg_index i WHERE i.indexrelid = index AND i.indisvalid)
"""
_INDEX_PARAMETERS: LiteralString = """
SELECT current_setting('inkdex.hnsw_m')::int AS m,
    current_setting('inkdex.hnsw_ef_construction')::int AS ef_construction
"""
_UNUSED: LiteralString = f"""
SELECT substr(c.relname, length('chunks_embedding_') + 1)::int AS id
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
WHERE i.indrelid = 'chunks'::regclass AND c.relname ~ '^chunks_embedding_[0-9]+$'
  AND NOT EXISTS (
      SELECT FROM embedding_models m WHERE c.relname = 'chunks_embedding_' || m.id
      AND {IS_IN_USE} AND (m.tenant = 'default' OR m.tenant IN {STILL_LARGE_TENANTS}))
"""
_PHASE: LiteralString = f"""
SELECT CASE WHEN p.pid IS NOT NULL THEN p.phase
        WHEN i.indisvalid THEN 'valid' WHEN i.indexrelid IS NOT NULL THEN 'invalid'
        WHEN EXISTS (
            SELECT FROM embedding_models m WHERE m.id = %(model)s
            AND m.tenant <> 'default' AND m.tenant NOT IN {LARGE_TENANTS}) THEN '{UNNECESSARY}'
        ELSE 'missing' END
FROM (SELECT to_regclass('chunks_embedding_' || %(model)s) AS oid) AS wanted
LEFT JOIN pg_index i ON i.indexrelid = wanted.oid
LEFT JOIN pg_stat_progress_create_index p ON p.index_relid = wanted.oid
"""


class _Missing(NamedTuple):
    model_id: int
    dimensions: int
    broken: bool


def changes(connection: Connection) -> list[bytes]:
    """Return the statements that create missing indexes and drop those that nobody uses."""
    missing = fetch_all(connection, _Missing, _MISSING)
    parameters = _index_parameters(connection) if missing else ""
    return [
        *map(_drop, _unused(connection)),
        *(_drop(each.model_id) for each in missing if each.broken),
        *(_create(each, parameters) for each in missing),
    ]


def phase(connection: Connection, model_id: int) -> str:
    """Return `valid`, `missing`, `invalid`, UNNECESSARY or the phase of the build."""
    return str(fetch_value(connection, _PHASE, {"model": model_id}))


def _unused(connection: Connection) -> list[int]:
    return [row["id"] for row in connection.execute(_UNUSED)]


def _drop(model_id: int) -> bytes:
    return f"DROP INDEX CONCURRENTLY IF EXISTS chunks_embedding_{model_id:d}".encode()


def _create(missing: _Missing, parameters: str) -> bytes:
    # A search uses the index only if it repeats the cast and the literal id.
    return (
        f"CREATE INDEX CONCURRENTLY IF NOT EXISTS chunks_embedding_{missing.model_id:d} ON chunks"
        f" USING hnsw ((embedding::halfvec({missing.dimensions:d})) halfvec_cosine_ops)"
        f" WITH ({parameters}) WHERE model_id = {missing.model_id:d}"
    ).encode()


def _index_parameters(connection: Connection) -> str:
    """Return the parameters of a vector index, which kit/session.py sets for each session."""
    row = fetch_one(connection, dict[str, int], _INDEX_PARAMETERS)
    return ", ".join(f"{name} = {value:d}" for name, value in row.items())

"""The vector index of each model of a large tenant. It is built while chunks are written.

A model with very many chunks has an index of bits instead of one of its vectors. The new one is
there before the former one is dropped. The statements cannot run in a transaction, so they need a
session of their own.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import LiteralString, NamedTuple

from shared.db.kit.fetch import fetch_all, fetch_one, fetch_value
from shared.db.kit.pool import Connection
from shared.db.models.index_kinds import REMEMBERED_SECONDS, IndexKind, bits, wanted_kind
from shared.db.models.large_tenants import LARGE_TENANTS, STILL_LARGE_TENANTS
from shared.db.models.roles import IS_IN_USE
from shared.domain.models.embedding_model import INDEXED_DIMENSIONS_MAX

UNNECESSARY: LiteralString = "unnecessary"
"""The phase of an index that a small tenant does not need."""
LOCK = "inkdex vector indexes"
REPLACED = "_replaced"

_SETTINGS: LiteralString = """
SELECT current_setting('inkdex.hnsw_m')::int AS m,
    current_setting('inkdex.hnsw_ef_construction')::int AS ef_construction,
    current_setting('inkdex.binary_index_chunks')::bigint AS binary_index_chunks
"""
# The statistics of the table estimate the chunks of a model that has no index yet.
_MODELS: LiteralString = f"""
WITH estimated AS MATERIALIZED (
    SELECT common.model_id, c.reltuples * common.share AS chunks
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_stats s ON (s.schemaname, s.tablename, s.attname) = (n.nspname, c.relname, 'model_id')
    CROSS JOIN unnest(s.most_common_vals::text::int[], s.most_common_freqs)
        AS common (model_id, share)
    WHERE c.oid = 'chunks'::regclass
)
SELECT m.id, m.dimensions, m.tenant = 'default' OR m.tenant IN {LARGE_TENANTS} AS is_large,
    coalesce(e.chunks, 0)::float8 AS chunks
FROM embedding_models m LEFT JOIN estimated e ON e.model_id = m.id
WHERE m.dimensions <= {INDEXED_DIMENSIONS_MAX}
  AND {IS_IN_USE} AND (m.tenant = 'default' OR m.tenant IN {STILL_LARGE_TENANTS})
"""
_EXISTING: LiteralString = f"""
SELECT c.relname AS name, i.indisvalid AS is_valid, c.reltuples::float8 AS chunks
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
WHERE i.indrelid = 'chunks'::regclass
  AND c.relname ~ '^chunks_(embedding|bits)_[0-9]+({REPLACED})?$'
"""
_PHASE: LiteralString = f"""
SELECT coalesce((
    SELECT CASE WHEN i.indisvalid THEN 'valid' ELSE coalesce(p.phase, 'invalid') END
    FROM pg_index i LEFT JOIN pg_stat_progress_create_index p ON p.index_relid = i.indexrelid
    WHERE i.indexrelid IN (
        to_regclass('chunks_embedding_' || %(model)s), to_regclass('chunks_bits_' || %(model)s))
    ORDER BY i.indisvalid DESC LIMIT 1
), CASE WHEN EXISTS (
    SELECT FROM embedding_models m WHERE m.id = %(model)s
    AND m.tenant <> 'default' AND m.tenant NOT IN {LARGE_TENANTS}) THEN '{UNNECESSARY}'
    ELSE 'missing' END)
"""


class _Settings(NamedTuple):
    m: int
    ef_construction: int
    binary_index_chunks: int


class _Model(NamedTuple):
    id: int
    dimensions: int
    is_large: bool
    chunks: float


class _Index(NamedTuple):
    name: str
    is_valid: bool
    chunks: float


_Indexes = Mapping[str, _Index]


class _Wanted(NamedTuple):
    """The index that a model should have, and the one that it may have still."""

    model: _Model
    kind: IndexKind
    is_valid: bool

    @property
    def name(self) -> str:
        return self.kind.index_of(self.model.id)

    @property
    def other(self) -> str:
        return self.kind.other.index_of(self.model.id)

    @property
    def kept(self) -> Sequence[str]:
        return (self.name,) if self.is_valid else (self.name, self.other)


def changes(connection: Connection) -> list[bytes]:
    """Return the statements that create missing indexes and drop those that nobody uses."""
    settings = fetch_one(connection, _Settings, _SETTINGS)
    existing = {each.name: each for each in fetch_all(connection, _Index, _EXISTING)}
    models = fetch_all(connection, _Model, _MODELS)
    wanted = [_wanted(each, existing, settings.binary_index_chunks) for each in models]
    missing = [each for each in wanted if each.model.is_large and not each.is_valid]
    replaced = {each.other for each in wanted}
    unused = set(existing) - {name for each in wanted for name in each.kept}
    return [
        *map(_drop, sorted(unused - replaced)),
        *(_drop(each.name) for each in missing if each.name in existing),
        *(_create(each, settings) for each in missing),
        *_drops_of_replaced(sorted(unused & replaced)),
    ]


def phase(connection: Connection, model_id: int) -> str:
    """Return `valid`, `missing`, `invalid`, UNNECESSARY or the phase of the build."""
    return str(fetch_value(connection, _PHASE, {"model": model_id}))


def _wanted(model: _Model, existing: _Indexes, limit: int) -> _Wanted:
    indexes = [existing.get(kind.index_of(model.id)) for kind in IndexKind]
    valid = {each.name: each.chunks for each in indexes if each and each.is_valid}
    chunks = max(valid.values(), default=model.chunks)
    has_bits = IndexKind.BITS.index_of(model.id) in valid
    kind = wanted_kind(model.dimensions, chunks, limit, has_bits=has_bits)
    return _Wanted(model, kind, kind.index_of(model.id) in valid)


def _drop(name: str) -> bytes:
    return f"DROP INDEX CONCURRENTLY IF EXISTS {name}".encode()


def _drops_of_replaced(names: Sequence[str]) -> Iterator[bytes]:
    """Yield statements that hide the indexes, wait until no search expects them, and drop them.

    PostgreSQL uses an index under any name.
    """
    for name in names:
        yield f"ALTER INDEX IF EXISTS {name} RENAME TO {name}{REPLACED}".encode()
    if names:
        yield f"SELECT pg_sleep({2 * REMEMBERED_SECONDS})".encode()
    for name in names:
        yield _drop(name + REPLACED)


def _create(wanted: _Wanted, settings: _Settings) -> bytes:
    # A search uses the index only if it repeats the expression and the literal id. A build that
    # was interrupted leaves an invalid index, which no search uses.
    return (
        f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {wanted.name} ON chunks"
        f" USING hnsw ({_indexed(wanted.kind, wanted.model.dimensions)})"
        f" WITH (m = {settings.m:d}, ef_construction = {settings.ef_construction:d})"
        f" WHERE model_id = {wanted.model.id:d}"
    ).encode()


def _indexed(kind: IndexKind, dimensions: int) -> str:
    if kind is IndexKind.BITS:
        return f"({bits('embedding', dimensions)}) bit_hamming_ops"
    return f"(embedding::halfvec({dimensions:d})) halfvec_cosine_ops"

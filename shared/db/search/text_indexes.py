"""The text index of each large tenant but the default one, which the index of all texts serves.

In the index of all texts, a word that is rare among a tenant's texts costs as much as the texts of
others that have it. The statements cannot run in a transaction, so they need a session of their
own.
"""

from typing import LiteralString, NamedTuple

from shared.db.kit.fetch import fetch_all
from shared.db.kit.pool import Connection
from shared.db.kit.tenants import of_tenant
from shared.db.models.large_tenants import LARGE_TENANTS, STILL_LARGE_TENANTS
from shared.domain.refs import Tenant

# A build that was interrupted leaves an invalid index, which no search uses. A tenant's name may be
# too long for that of an index.
_MISSING: LiteralString = f"""
WITH wanted AS MATERIALIZED (
    SELECT tenant, 'document_texts_of_' || md5(tenant) AS name
    FROM {LARGE_TENANTS} AS large WHERE tenant <> 'default'
)
SELECT tenant, name, to_regclass(name) IS NOT NULL AS broken FROM wanted
WHERE NOT EXISTS (
    SELECT FROM pg_index i WHERE i.indexrelid = to_regclass(name) AND i.indisvalid)
"""
_UNUSED: LiteralString = f"""
SELECT c.relname AS name FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
WHERE i.indrelid = 'document_texts'::regclass AND c.relname ~ '^document_texts_of_[0-9a-f]+$'
  AND NOT EXISTS (
      SELECT FROM {STILL_LARGE_TENANTS} AS large
      WHERE c.relname = 'document_texts_of_' || md5(tenant) AND tenant <> 'default')
"""
LOCK = "inkdex text indexes"


class _Missing(NamedTuple):
    tenant: str
    name: str
    broken: bool


def changes(connection: Connection) -> list[bytes]:
    """Return the statements that create missing indexes and drop those of smaller tenants."""
    missing = fetch_all(connection, _Missing, _MISSING)
    return [
        *map(_drop, _unused(connection)),
        *(_drop(each.name) for each in missing if each.broken),
        *map(_create, missing),
    ]


def _unused(connection: Connection) -> list[str]:
    return [row["name"] for row in connection.execute(_UNUSED)]


def _drop(name: str) -> bytes:
    return f"DROP INDEX CONCURRENTLY IF EXISTS {name}".encode()


def _create(missing: _Missing) -> bytes:
    # A search uses the index only if it repeats the condition.
    return (
        f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {missing.name} ON document_texts"
        f" USING gin (lexemes) WITH (fastupdate = off)"
        f" WHERE {of_tenant('collection', Tenant(missing.tenant))}"
    ).encode()

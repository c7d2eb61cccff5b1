"""Inputs of BM25 by tenant: the number of documents, their average length, those with each lexeme.

They are estimates, from a sample if a tenant has many texts. They are refreshed when a notable part
of its texts has changed, so nothing of another tenant shows in them. An error of a factor of two
in a frequency does no harm to the ranking.
"""

import math
import time
from collections.abc import Sequence
from typing import LiteralString, NamedTuple

from shared.db.kit.fetch import fetch_one, fetch_value
from shared.db.kit.pool import Connection
from shared.db.kit.tenants import keys_of
from shared.db.models.collection_models import NAMED
from shared.domain.refs import Tenant

SAMPLE_BYTES = 32 * 1024 * 1024
SAMPLE_DOCUMENTS = 50_000
ALL_COLLECTIONS = 2**31 - 1
BUDGET_SECONDS = 2.0
"""No further tenant is refreshed after this time. The next run goes on."""

_LOCK: LiteralString = "SELECT pg_try_advisory_xact_lock(hashtext('inkdex text statistics'))"
# Each write and each deletion of a text has an event. Those of unfinished transactions, and later
# ones, are counted next time. The ids of a restored database may be beyond those of this server.
_COUNT_CHANGES: LiteralString = """
WITH written AS (
    SELECT tenant_of(e.collection) AS tenant, count(*) AS changes
    FROM events e, counted_changes c
    WHERE e.xid >= least(c.xid, pg_snapshot_xmin(pg_current_snapshot()))
      AND e.xid < pg_snapshot_xmin(pg_current_snapshot())
      AND e.status IN ('pending', 'deleted')
    GROUP BY 1
), added AS (
    INSERT INTO tenant_text_statistics AS s
        (tenant, documents, average_length, unlisted_documents, changes)
    SELECT tenant, 0, 1, 1, changes FROM written ORDER BY tenant
    ON CONFLICT (tenant) DO UPDATE SET changes = s.changes + excluded.changes
)
UPDATE counted_changes SET xid = pg_snapshot_xmin(pg_current_snapshot())
"""
_NEXT: LiteralString = """
SELECT (SELECT tenant FROM tenant_text_statistics WHERE is_outdated ORDER BY refreshed_at LIMIT 1)
"""
_COLLECTIONS: LiteralString = f"""
WITH RECURSIVE {NAMED}
SELECT ARRAY(SELECT name FROM named WHERE name IS NOT NULL)
"""
_KEYS: LiteralString = (
    """SELECT key FROM documents WHERE collection = ANY(%(collections)s::text[])"""
)
# The size of a value as it is stored is in the row itself.
_SIZE: LiteralString = f"""
SELECT counted.documents, coalesce((
    SELECT avg(pg_column_size(t.lexemes))::float8
    FROM ({_KEYS} AND hashint8(key) %% greatest(counted.documents / 500, 1)::int = 0 LIMIT 1000)
        AS k (key) JOIN document_texts t ON t.document_key = k.key
), 1) AS bytes
FROM (SELECT count(*) AS documents FROM ({_KEYS}) AS keys) AS counted
"""
# Neighbours are sampled together, because they are in the same pages. A lexeme that the sample has
# once is not listed. Half of all lexemes are so rare, and for them `unlisted_documents` is as good
# an estimate. A frequency is rewritten only if it changed by a fifth.
_REFRESH: LiteralString = f"""
WITH chosen AS MATERIALIZED (
    SELECT ARRAY({_KEYS} AND hashint8(key / 32) %% %(every)s::int = 0) AS keys
), sample AS MATERIALIZED (
    SELECT greatest(1, %(documents)s::float8 / greatest(count(*), 1)) AS factor,
        greatest(coalesce(avg(t.length), 1), 1) AS average_length
    FROM chosen, unnest(keys) AS key JOIN document_texts t ON t.document_key = key
), frequent AS MATERIALIZED (
    SELECT word, ndoc * factor AS documents
    FROM sample, chosen, ts_stat(format(
        'SELECT lexemes FROM document_texts WHERE document_key = ANY (%%L::bigint[])', keys))
    WHERE ndoc > 1
), deleted AS (
    DELETE FROM tenant_lexeme_frequencies f
    WHERE f.tenant = %(tenant)s AND NOT EXISTS (SELECT FROM frequent WHERE word = f.lexeme)
), listed AS (
    INSERT INTO tenant_lexeme_frequencies AS f (tenant, lexeme, documents)
    SELECT %(tenant)s, word, documents FROM frequent ORDER BY word
    ON CONFLICT (tenant, lexeme) DO UPDATE SET documents = excluded.documents
    WHERE excluded.documents NOT BETWEEN 0.8 * f.documents AND 1.25 * f.documents
)
INSERT INTO tenant_text_statistics AS s
    (tenant, documents, average_length, unlisted_documents, changes, refreshed_at)
SELECT %(tenant)s, %(documents)s, average_length, greatest(0.5 * factor, 1), 0, now() FROM sample
ON CONFLICT (tenant) DO UPDATE SET
    (documents, average_length, unlisted_documents, changes, refreshed_at)
    = (excluded.documents, excluded.average_length, excluded.unlisted_documents, 0,
       excluded.refreshed_at)
"""


class _Size(NamedTuple):
    """The documents of a tenant, and the average size of their lexemes as they are stored."""

    documents: int
    bytes: float


def refresh(connection: Connection, sample_bytes: int = SAMPLE_BYTES) -> list[Tenant]:
    """Refresh the statistics of tenants of whose texts notably many changed. Return the tenants.

    If several workers try at once, only one does it.
    """
    refreshed = []
    until = time.monotonic() + BUDGET_SECONDS
    while time.monotonic() < until:
        with connection.transaction():
            if not fetch_value(connection, _LOCK):
                break
            connection.execute("SET LOCAL statement_timeout = '5min'")
            connection.execute(_COUNT_CHANGES)
            name = fetch_value(connection, _NEXT)
            if name is None:
                break
            refresh_tenant(connection, Tenant(name), sample_bytes)
        refreshed.append(Tenant(name))
    return refreshed


def refresh_tenant(
    connection: Connection, tenant: Tenant, sample_bytes: int = SAMPLE_BYTES
) -> None:
    """Refresh the statistics of a tenant. The cost depends on its own texts only."""
    collections: Sequence[str] = fetch_value(
        connection, _COLLECTIONS, keys_of(tenant) | {"limit": ALL_COLLECTIONS}
    )
    size = fetch_one(connection, _Size, _SIZE, {"collections": collections})
    samples = max(size.documents * size.bytes / sample_bytes, size.documents / SAMPLE_DOCUMENTS)
    parameters = {
        "tenant": tenant.name,
        "collections": collections,
        "documents": size.documents,
        "every": max(1, math.ceil(samples)),
    }
    connection.execute(_REFRESH, parameters)

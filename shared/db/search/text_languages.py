"""The languages of a tenant's texts. A query is read in each, so unused ones are forgotten.

A write that began before a language was marked does not see the mark, so the language is deleted
some time later, if it still has no document. A later write removes the mark.
"""

from collections import OrderedDict
from typing import LiteralString

from shared.db.kit.fetch import fetch_all
from shared.db.kit.pool import Connection
from shared.db.kit.tenants import OF_TENANT, keys_of
from shared.domain.refs import DEFAULT_TENANT, Tenant

# LIMIT makes the planner look for one document of the tenant. It would read all otherwise.
_IS_USED: LiteralString = f"""coalesce((
        SELECT true FROM documents d, LATERAL (
            SELECT FROM document_texts t
            WHERE t.document_key = d.key AND t.language = l.language OFFSET 0
        ) AS text WHERE {OF_TENANT.format(collection="d.collection")} LIMIT 1), false)"""
_MARK: LiteralString = f"""
UPDATE tenant_languages l SET unused_since = now()
WHERE tenant = %(tenant)s AND unused_since IS NULL AND NOT {_IS_USED}
"""
_DUE: LiteralString = """
SELECT DISTINCT tenant AS name FROM tenant_languages
WHERE unused_since < now() - make_interval(secs => %s)
"""
_FORGET: LiteralString = f"""
WITH due AS MATERIALIZED (
    SELECT language, {_IS_USED} AS is_used FROM tenant_languages l
    WHERE tenant = %(tenant)s AND unused_since < now() - make_interval(secs => %(seconds)s)
), used AS (
    UPDATE tenant_languages l SET unused_since = NULL FROM due
    WHERE l.tenant = %(tenant)s AND l.language = due.language AND due.is_used
), former AS (
    DELETE FROM text_languages f USING due
    WHERE %(is_default)s AND f.language = due.language AND NOT due.is_used
)
DELETE FROM tenant_languages l USING due
WHERE l.tenant = %(tenant)s AND l.language = due.language AND NOT due.is_used
  AND l.unused_since IS NOT NULL
"""
FORGET_AFTER_SECONDS = 600
"""Longer than any write takes."""
# While processes of the former version run, they write to its table only.
_ADOPT: LiteralString = """
INSERT INTO tenant_languages (tenant, language)
SELECT %s, language FROM text_languages WHERE unused_since IS NULL ON CONFLICT DO NOTHING
"""
TENANTS_MAX = 10_000


class SeenLanguages:
    """The languages that the last search of each tenant saw. They rarely change."""

    def __init__(self) -> None:
        self._seen: OrderedDict[Tenant, tuple[str, ...]] = OrderedDict()

    def get(self, tenant: Tenant) -> tuple[str, ...]:
        return self._seen.get(tenant, ())

    def put(self, tenant: Tenant, languages: tuple[str, ...]) -> None:
        self._seen[tenant] = languages
        self._seen.move_to_end(tenant)
        while len(self._seen) > TENANTS_MAX:
            self._seen.popitem(last=False)


def mark_unused(connection: Connection, tenant: Tenant) -> None:
    """Mark the languages that no document of a tenant has."""
    connection.execute(_MARK, keys_of(tenant))


def forget_unused(connection: Connection, after_seconds: float = FORGET_AFTER_SECONDS) -> None:
    """Delete languages that were marked some time ago and still have no document."""
    for tenant in fetch_all(connection, Tenant, _DUE, (after_seconds,)):
        is_default = tenant == DEFAULT_TENANT
        values = {"seconds": after_seconds, "is_default": is_default}
        connection.execute(_FORGET, keys_of(tenant) | values)


def adopt_former(connection: Connection) -> None:
    """Add the languages that the former version has written."""
    connection.execute(_ADOPT, (DEFAULT_TENANT.name,))

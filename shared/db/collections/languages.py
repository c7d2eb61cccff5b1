"""The languages of collections, and which of them have changed."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import LiteralString, NamedTuple

from shared.db.kit.fetch import fetch_all, fetch_all_async
from shared.db.kit.pool import AsyncConnection, Connection
from shared.domain.refs import Collection

SETTLED_TIMEOUTS = 6.0
"""A statement that stores documents takes at most one. A rename ends after it notes its time."""

_READ: LiteralString = """
SELECT collection AS key, language FROM collection_settings
WHERE collection = ANY(%s::text[]) AND language IS NOT NULL
"""
_CHANGED: LiteralString = """
SELECT collection AS key, relexing_since AS since,
    relexing_since + %s::float8 * current_setting('statement_timeout')::interval
        < clock_timestamp() AS is_settled
FROM collection_settings WHERE relexing_since IS NOT NULL ORDER BY relexing_since
"""
# Its words are now others, so the statistics of the tenant are refreshed.
_DONE: LiteralString = """
WITH done AS (
    UPDATE collection_settings SET relexing_since = NULL
    WHERE collection = %(key)s AND relexing_since = %(since)s
    RETURNING collection
)
UPDATE tenant_text_statistics s SET changes = s.changes + (
    SELECT count(*) FROM documents d WHERE d.collection = done.collection
) FROM done WHERE s.tenant = tenant_of(done.collection)
"""


class _Named(NamedTuple):
    key: str
    language: str


class Changed(NamedTuple):
    """A collection whose language has changed since its texts were last looked through.

    Once it is settled, no write that has not seen the change is still under way.
    """

    key: str
    since: datetime
    is_settled: bool


async def read(
    connection: AsyncConnection, collections: Sequence[Collection]
) -> Mapping[Collection, str]:
    """Return the languages of those collections that have one."""
    found = await fetch_all_async(connection, _Named, _READ, (list(collections),))
    return {Collection.of_key(each.key): each.language for each in found}


def changed(connection: Connection) -> list[Changed]:
    """Return the collections whose texts must be looked through, the longest waiting one first."""
    return fetch_all(connection, Changed, _CHANGED, (SETTLED_TIMEOUTS,))


def done(connection: Connection, collection: Changed) -> None:
    """Record that all texts have the right language, unless it has changed again meanwhile."""
    parameters = {"key": collection.key, "since": collection.since}
    connection.execute(_DONE, parameters)

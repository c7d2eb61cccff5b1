"""What tenants have: triggers add changes, which are summed up every second.

So writes of one tenant do not wait for each other. The sum and the changes together are exact.
"""

from collections.abc import Sequence
from typing import LiteralString

from shared.db.kit.fetch import fetch_one_async, fetch_value
from shared.db.kit.pool import AsyncConnection, Connection
from shared.domain.access.limits import Usage
from shared.domain.refs import Collection, Tenant

FOLDED_MAX = 10_000
"""The most changes that one statement sums up. It takes about 50 ms."""

_TODAY: LiteralString = "(now() AT TIME ZONE 'UTC')::date"
_LOCK: LiteralString = "SELECT pg_try_advisory_xact_lock(hashtext('inkdex usage'))"
_IS_COUNTED: LiteralString = "SELECT EXISTS (SELECT FROM tenant_usage)"

USAGE: LiteralString = f"""
SELECT coalesce(u.documents, 0) + c.documents AS documents,
    coalesce(u.bytes, 0) + c.bytes AS bytes,
    coalesce(u.chunks, 0) + c.chunks AS chunks,
    CASE WHEN u.answers_on = {_TODAY} THEN u.answers ELSE 0 END + c.answers AS answers
FROM (
    SELECT coalesce(sum(documents), 0)::bigint AS documents,
        coalesce(sum(bytes), 0)::bigint AS bytes, coalesce(sum(chunks), 0)::bigint AS chunks,
        coalesce(sum(answers) FILTER (WHERE day = {_TODAY}), 0)::bigint AS answers
    FROM tenant_usage_changes WHERE tenant = %(tenant)s
) AS c LEFT JOIN tenant_usage u ON u.tenant = %(tenant)s
"""
_ADD_ANSWER: LiteralString = (
    "INSERT INTO tenant_usage_changes (tenant, answers) VALUES (%(tenant)s, 1)"
)
_BYTES: LiteralString = """octet_length(content) + coalesce(octet_length(title), 0)
        + octet_length(metadata::text)"""
"""The size of a document, as the triggers count it."""

_FOLD: LiteralString = f"""
WITH taken AS (
    DELETE FROM tenant_usage_changes
    WHERE id = ANY(ARRAY(SELECT id FROM tenant_usage_changes ORDER BY id LIMIT %(most)s))
    RETURNING *
), added AS (
    INSERT INTO tenant_usage AS u (tenant, documents, bytes, chunks, answers, answers_on)
    SELECT tenant, sum(documents), sum(bytes), sum(chunks),
        coalesce(sum(answers) FILTER (WHERE day = {_TODAY}), 0), {_TODAY}
    FROM taken GROUP BY tenant
    ON CONFLICT (tenant) DO UPDATE SET
        documents = u.documents + excluded.documents, bytes = u.bytes + excluded.bytes,
        chunks = u.chunks + excluded.chunks,
        answers = excluded.answers
            + CASE WHEN u.answers_on = excluded.answers_on THEN u.answers ELSE 0 END,
        answers_on = excluded.answers_on
)
SELECT count(*) FROM taken
"""
# One statement has one snapshot. So it counts the documents that all the changes that it deletes
# have led to, and no others.
_COUNT: LiteralString = f"""
WITH taken AS (
    DELETE FROM tenant_usage_changes RETURNING tenant, answers, day
), stored AS (
    SELECT tenant_of(collection) AS tenant, count(*) AS documents,
        sum({_BYTES}) AS bytes
    FROM documents GROUP BY 1
), kept AS (
    SELECT tenant_of(collection) AS tenant, sum(size) AS bytes FROM files GROUP BY 1
), embedded AS (
    SELECT m.tenant, sum(e.chunks) AS chunks
    FROM embeddings e JOIN embedding_models m ON m.id = e.model_id GROUP BY 1
), answered AS (
    SELECT tenant, sum(answers) AS answers FROM taken WHERE day = {_TODAY} GROUP BY 1
)
INSERT INTO tenant_usage (tenant, documents, bytes, chunks, answers, answers_on)
SELECT tenant, coalesce(documents, 0), coalesce(stored.bytes, 0) + coalesce(kept.bytes, 0),
    coalesce(chunks, 0),
    coalesce(answers, 0), {_TODAY}
FROM (SELECT 'default' AS tenant UNION SELECT tenant FROM stored
      UNION SELECT tenant FROM kept
      UNION SELECT tenant FROM embedded UNION SELECT tenant FROM answered) AS tenants
    LEFT JOIN stored USING (tenant) LEFT JOIN kept USING (tenant)
    LEFT JOIN embedded USING (tenant) LEFT JOIN answered USING (tenant)
"""
_STORED: LiteralString = f"""
SELECT count(*) AS documents, coalesce(sum({_BYTES}), 0)::bigint AS bytes
FROM documents d JOIN unnest(%(ids)s::text[]) AS i (id) USING (id)
WHERE d.collection = %(collection)s
"""


async def usage(connection: AsyncConnection, tenant: Tenant) -> Usage:
    """Return what a tenant has. Other transactions may change it at the same time."""
    return await fetch_one_async(connection, Usage, USAGE, {"tenant": tenant.name})


async def stored(connection: AsyncConnection, collection: Collection, ids: Sequence[str]) -> Usage:
    """Return what those of the documents take that exist."""
    parameters = {"collection": collection, "ids": list(ids)}
    return await fetch_one_async(connection, Usage, _STORED, parameters)


async def add_answer(connection: AsyncConnection, tenant: Tenant) -> None:
    await connection.execute(_ADD_ANSWER, {"tenant": tenant.name})


def sum_up(connection: Connection) -> bool:
    """Sum up changes, and return whether more may be left. One worker at a time does so.

    If nothing was summed up before, count all documents. That takes a second for a million.
    """
    with connection.transaction():
        if not fetch_value(connection, _LOCK):
            return False
        if fetch_value(connection, _IS_COUNTED):
            summed: int = fetch_value(connection, _FOLD, {"most": FOLDED_MAX})
            return summed == FOLDED_MAX
        connection.execute("SET LOCAL statement_timeout = 0")
        connection.execute(_COUNT)
    return False

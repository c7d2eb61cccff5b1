"""The short queries of the last day, by collection, and how often each was searched."""

from collections.abc import Mapping
from typing import LiteralString

from shared.db.kit.pool import AsyncConnection
from shared.domain.refs import Collection

QUERIES_MAX = 1000
"""A collection keeps at most so many: one half those searched most often, one half the newest."""

# Rows are locked in one order, so that processes that add the same queries do not deadlock.
_ADD: LiteralString = """
INSERT INTO recent_queries AS known (collection, query, searches)
SELECT * FROM unnest(%(collections)s::text[], %(queries)s::text[], %(searches)s::bigint[])
ON CONFLICT (collection, query) DO UPDATE
SET searches = known.searches + excluded.searches, searched_at = excluded.searched_at
"""
# The deletions skip the rows that another process changes, and the next one finds them.
_DELETE_SURPLUS: LiteralString = f"""
WITH ranked AS (
    SELECT collection, query,
        row_number() OVER (PARTITION BY collection ORDER BY searches DESC, searched_at DESC, query)
            AS by_searches,
        row_number() OVER (PARTITION BY collection ORDER BY searched_at DESC, searches DESC, query)
            AS by_time
    FROM recent_queries
    WHERE collection IN (
        SELECT collection FROM recent_queries WHERE collection = ANY(%(collections)s)
        GROUP BY collection HAVING count(*) > {QUERIES_MAX})
), surplus AS (
    SELECT q.ctid FROM recent_queries q JOIN ranked USING (collection, query)
    WHERE by_searches > {QUERIES_MAX // 2} AND by_time > {QUERIES_MAX // 2}
    FOR UPDATE OF q SKIP LOCKED
)
DELETE FROM recent_queries WHERE ctid = ANY(ARRAY(SELECT ctid FROM surplus))
"""
_LAST_DAY: LiteralString = "searched_at > now() - interval '1 day'"
_DELETE_OLD: LiteralString = f"""
DELETE FROM recent_queries WHERE ctid = ANY(ARRAY(
    SELECT ctid FROM recent_queries WHERE NOT {_LAST_DAY} FOR UPDATE SKIP LOCKED))
"""
_FREQUENT: LiteralString = f"""
SELECT query FROM recent_queries WHERE collection = %s AND {_LAST_DAY}
ORDER BY searches DESC, searched_at DESC, query LIMIT %s
"""


async def add(connection: AsyncConnection, searches: Mapping[tuple[Collection, str], int]) -> None:
    """Add searches by collection and query, and delete the surplus of those collections."""
    rows = sorted((*key, number) for key, number in searches.items())
    collections, queries, numbers = (list(column) for column in zip(*rows, strict=True))
    values = {"collections": collections, "queries": queries, "searches": numbers}
    await connection.execute(_ADD, values)
    await connection.execute(_DELETE_SURPLUS, {"collections": sorted(set(collections))})


async def delete_old(connection: AsyncConnection) -> None:
    """Delete the queries that nobody has searched for a day."""
    await connection.execute(_DELETE_OLD)


async def frequent(connection: AsyncConnection, collection: Collection, limit: int) -> list[str]:
    """Return the queries of the last day that were searched most often, most often first."""
    cursor = await connection.execute(_FREQUENT, (collection, limit))
    return [row["query"] for row in await cursor.fetchall()]

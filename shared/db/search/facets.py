"""Facets: how many documents in a scope have each value of a metadata field."""

from collections.abc import Sequence
from typing import LiteralString

from shared.db.documents.json_paths import paths_to_members
from shared.db.kit.pool import AsyncConnection
from shared.db.search import scope_conditions
from shared.domain.search.facets import Facets, FacetValue
from shared.domain.search.scope import Scope

DOCUMENTS_MAX = 10_000
"""Of a larger scope, the newest documents are counted."""
VALUES_MAX = 20
MEMBERS_MAX = 100
"""Of a longer list, the first members are counted."""
VALUE_BYTES = 1000
"""A longer value is a text of its own rather than a category."""

_COUNT: LiteralString = """
WITH found AS (
    SELECT DISTINCT f.field, d.key, v.value
    FROM (SELECT d.key, d.metadata FROM documents d WHERE {scope}
          ORDER BY d.key DESC LIMIT %(documents)s) AS d
    CROSS JOIN unnest(%(facets)s::text[], %(facet_paths)s::text[]::jsonpath[]) AS f (field, path)
    CROSS JOIN LATERAL (
        SELECT value FROM jsonb_path_query(d.metadata, f.path) AS value LIMIT %(members)s
    ) AS v
    WHERE jsonb_typeof(v.value) IN ('string', 'number', 'boolean')
      AND octet_length(v.value::text) <= %(bytes)s
), ranked AS (
    SELECT field, value, count(*) AS count, row_number() OVER (
        PARTITION BY field ORDER BY count(*) DESC, value::text COLLATE "C") AS rank
    FROM found GROUP BY field, value
)
SELECT field, value, count FROM ranked WHERE rank <= %(values)s ORDER BY field, rank
"""


async def count(connection: AsyncConnection, scope: Scope, fields: Sequence[str]) -> Facets:
    """Return the most frequent values of each field."""
    paths = [(field, path) for field in fields for path in paths_to_members(field)]
    cursor = await connection.execute(
        _COUNT.format(scope=scope_conditions.filter_by_index(scope)),
        {
            **scope_conditions.parameters(scope),
            "facets": [field for field, _ in paths],
            "facet_paths": [path for _, path in paths],
            "documents": DOCUMENTS_MAX,
            "members": MEMBERS_MAX,
            "values": VALUES_MAX,
            "bytes": VALUE_BYTES,
        },
    )
    facets: Facets = {field: [] for field in fields}
    for row in await cursor.fetchall():
        facets[row["field"]].append(FacetValue(row["value"], row["count"]))
    return facets

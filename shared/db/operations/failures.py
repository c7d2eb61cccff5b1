"""What failed, grouped by reason. Of a scope, only so many failures are grouped."""

from typing import Any, LiteralString

from shared.db.kit.fetch import fetch_all_async
from shared.db.kit.pool import AsyncConnection
from shared.db.models.roles import ACTIVE_JOBS, FLOW_OF_COLLECTION
from shared.db.search import scope_conditions
from shared.domain.operations.failures import (
    COUNTED_MAX,
    EXAMPLES,
    FailureGroup,
    Failures,
)
from shared.domain.reasons import FailureKind
from shared.domain.refs import DocumentRef
from shared.domain.search.scope import Scope

# Only what is in the scope counts towards the limit, so that nothing tells of other failures.
# A job's flow tells its collection, so that the documents of others need not be read.
_IN_COLLECTION: LiteralString = f"""
      AND {FLOW_OF_COLLECTION.format(flow="j.flow")}
        = {FLOW_OF_COLLECTION.format(flow="hashtext(%(collection)s::text)::bigint")}"""
# OFFSET 0 keeps the planner from reading all documents of the scope.
_DOCUMENTS: LiteralString = f"""WITH found AS MATERIALIZED (
    SELECT d.key, j.error_code AS reason, j.failed_at AS at, d.collection, d.id
    FROM {ACTIVE_JOBS} CROSS JOIN LATERAL (
        SELECT d.key, d.collection, d.id FROM documents d
        WHERE d.key = j.document_key AND {{within}} OFFSET 0
    ) AS d
    WHERE m.tenant = %(tenant)s AND j.failed_at IS NOT NULL{{in_collection}} LIMIT %(most)s
)"""
_FILES: LiteralString = """WITH found AS MATERIALIZED (
    SELECT d.key, d.error_code AS reason, d.updated_at AS at, d.collection, d.id FROM files d
    WHERE d.state = 'failed' AND {within} LIMIT %(most)s
)"""
_GROUPS: LiteralString = """, ranked AS (
    SELECT *, row_number() OVER (PARTITION BY reason ORDER BY at DESC, key DESC) AS rank FROM found
), groups AS (
    SELECT reason, count(*) AS count, max(at) AS newest_at,
        array_agg(collection ORDER BY rank) FILTER (WHERE rank <= %(examples)s) AS collections,
        array_agg(id ORDER BY rank) FILTER (WHERE rank <= %(examples)s) AS ids
    FROM ranked GROUP BY reason
)
SELECT looked.at, g.* FROM (SELECT count(*) AS at FROM found) AS looked
LEFT JOIN groups g ON true
"""


async def of_documents(connection: AsyncConnection, scope: Scope) -> Failures:
    """Return the documents of a scope that could not be embedded under their active model."""
    in_collection = _IN_COLLECTION if scope.collection else ""
    within = scope_conditions.filter_found(scope)
    statement = _DOCUMENTS.format(in_collection=in_collection, within=within)
    return await _read(connection, FailureKind.DOCUMENT, statement, scope)


async def of_files(connection: AsyncConnection, scope: Scope) -> Failures:
    """Return the files of a scope that could not be read. It must have no conditions."""
    statement = _FILES.format(within=scope_conditions.filter_found(scope))
    return await _read(connection, FailureKind.FILE, statement, scope)


async def _read(
    connection: AsyncConnection, kind: FailureKind, found: str, scope: Scope
) -> Failures:
    own = {"most": COUNTED_MAX + 1, "examples": EXAMPLES}
    parameters = scope_conditions.parameters(scope) | own
    rows = await fetch_all_async(connection, dict[str, Any], found + _GROUPS, parameters)
    groups = [_group(kind, **row) for row in rows if row["reason"] is not None]
    return Failures(groups, complete=rows[0]["at"] <= COUNTED_MAX)


def _group(kind: FailureKind, **row: Any) -> FailureGroup:  # noqa: ANN401 - the columns
    refs = [DocumentRef.of_row(*each) for each in zip(row["collections"], row["ids"], strict=True)]
    return FailureGroup(kind, row["reason"], row["count"], row["newest_at"], refs)

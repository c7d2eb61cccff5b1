"""What failed, grouped by reason. The cost does not grow with the number of failures."""

from typing import Any, LiteralString

from shared.db.kit.fetch import fetch_all_async
from shared.db.kit.pool import AsyncConnection
from shared.db.models.roles import ACTIVE_JOBS, FLOW_OF_COLLECTION
from shared.db.search import scope_conditions
from shared.domain.operations.failures import (
    COUNTED_MAX,
    EXAMPLES,
    FailureGroup,
    FailureKind,
    Failures,
)
from shared.domain.refs import DocumentRef
from shared.domain.search.scope import Scope

# A job's flow tells its collection, so failures elsewhere are left out before they are counted.
_IN_COLLECTION: LiteralString = f"""
      AND {FLOW_OF_COLLECTION.format(flow="j.flow")}
        = {FLOW_OF_COLLECTION.format(flow="hashtext(%(collection)s::text)::bigint")}"""
_DOCUMENTS: LiteralString = f"""WITH failed AS MATERIALIZED (
    SELECT j.document_key AS key, j.error_code AS reason, j.failed_at AS at FROM {ACTIVE_JOBS}
    WHERE m.tenant = %(tenant)s AND j.failed_at IS NOT NULL{{in_collection}} LIMIT %(most)s
), found AS (
    SELECT f.*, d.collection, d.id FROM failed f JOIN documents d ON d.key = f.key
    WHERE {{within}}
)"""
_FILES: LiteralString = """WITH failed AS MATERIALIZED (
    SELECT d.key, d.error_code AS reason, d.updated_at AS at, d.collection, d.id FROM files d
    WHERE d.state = 'failed' AND {within} LIMIT %(most)s
), found AS (SELECT * FROM failed)"""
_GROUPS: LiteralString = """, ranked AS (
    SELECT *, row_number() OVER (PARTITION BY reason ORDER BY at DESC, key DESC) AS rank FROM found
), groups AS (
    SELECT reason, count(*) AS count, max(at) AS newest_at,
        array_agg(collection ORDER BY rank) FILTER (WHERE rank <= %(examples)s) AS collections,
        array_agg(id ORDER BY rank) FILTER (WHERE rank <= %(examples)s) AS ids
    FROM ranked GROUP BY reason
)
SELECT looked.at, g.* FROM (SELECT count(*) AS at FROM failed) AS looked
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

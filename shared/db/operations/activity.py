"""What happened, by minute: added up by all processes, sampled by one, kept for a day.

A tenant's sum is a row of its own, so it costs the same whatever the number of its collections.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, LiteralString

from psycopg.types.json import Jsonb

from shared.db.kit.pool import AsyncConnection
from shared.db.models.roles import ACTIVE_MODEL_OF_JOBS, FLOW_OF_COLLECTION
from shared.db.operations.workers import ALIVE
from shared.domain.documents.document import Lane
from shared.domain.operations.activity import (
    COLLECTIONS_MAX,
    Activity,
    ActivityCounts,
    ActivityPoint,
    MinuteCounts,
    Span,
    Timed,
    time_of,
)
from shared.domain.refs import Collection, Tenant

Statement = tuple[LiteralString, Sequence[Any] | Mapping[str, Any]]
EVERY_TENANT = ""
"""The name in the rows of what all tenants share. No tenant has it."""
_OF_COLLECTIONS = tuple(timed for timed in Timed if timed is not Timed.EMBEDDING)
_NAMES: LiteralString = ", ".join(_OF_COLLECTIONS)

# Both arrays may be the longer one.
_SUM: LiteralString = """(SELECT array_agg(coalesce(x, 0) + coalesce(y, 0) ORDER BY n)
        FROM unnest(a.{name}, excluded.{name}) WITH ORDINALITY AS both_of (x, y, n))"""


def _adding(table: LiteralString, key: LiteralString, names: Sequence[Timed]) -> LiteralString:
    """Return the statement that adds rows to those of a table with the same key and minute.

    The rows have one order, so two processes cannot deadlock.
    """
    sums = ",\n    ".join(f"{name} = coalesce({_SUM.format(name=name)}, '{{}}')" for name in names)
    return f"""
INSERT INTO {table} AS a (minute, {key}, failed, {", ".join(names)})
SELECT minute, {key}, failed, {", ".join(f"coalesce({name}, '{{}}')" for name in names)}
FROM jsonb_to_recordset(%({table})s) AS new (minute timestamptz, {key} text, failed int,
    {", ".join(f"{name} int[]" for name in names)})
ORDER BY minute, {key}
ON CONFLICT ({key}, minute) DO UPDATE SET failed = a.failed + excluded.failed,
    {sums}
"""


_ADD: LiteralString = f"""
WITH of_collections AS ({_adding("collection_activity", "collection", _OF_COLLECTIONS)})
{_adding("activity", "tenant", tuple(Timed))}
"""
# A day, and the step before it.
_DELETE_OLD: LiteralString = """
WITH of_collections AS (
    DELETE FROM collection_activity
    WHERE minute < %(minute)s::timestamptz - interval '25 hours'
)
DELETE FROM activity WHERE minute < %(minute)s::timestamptz - interval '25 hours'
"""
# Whoever comes first looks for all. The jobs are counted before their models are looked up. One of
# a collection's documents tells its name. Each tenant has room for those that have the most.
_SAMPLE: LiteralString = f"""
WITH turn AS MATERIALIZED (
    SELECT %(minute)s::timestamptz AS minute WHERE NOT EXISTS (
        SELECT FROM activity
        WHERE tenant = '' AND minute = %(minute)s AND workers IS NOT NULL
    ) AND pg_try_advisory_xact_lock(hashtext('inkdex activity'))
), owed AS MATERIALIZED (
    SELECT m.tenant, j.flow, j.lane, j.jobs, j.document_key FROM (
        SELECT model_id, {FLOW_OF_COLLECTION.format(flow="flow")} AS flow, lane,
            count(*) AS jobs, min(document_key) AS document_key
        FROM jobs WHERE failed_at IS NULL AND EXISTS (SELECT FROM turn) GROUP BY 1, 2, 3
    ) AS j{ACTIVE_MODEL_OF_JOBS}
), largest AS (
    SELECT min(document_key) AS document_key, jsonb_object_agg(lane, jobs) AS pending,
        row_number() OVER (PARTITION BY tenant ORDER BY sum(jobs) DESC) AS rank
    FROM owed GROUP BY tenant, flow ORDER BY rank LIMIT {COLLECTIONS_MAX}
), of_collections AS (
    INSERT INTO collection_activity AS a (minute, collection, pending)
    SELECT DISTINCT ON (d.collection) turn.minute, d.collection, l.pending
    FROM turn CROSS JOIN largest l JOIN documents d ON d.key = l.document_key
    ORDER BY d.collection, l.rank
    ON CONFLICT (collection, minute) DO UPDATE SET pending = excluded.pending
), sampled AS (
    SELECT '' AS tenant, (SELECT count(*) FROM {ALIVE}) AS workers, NULL::jsonb AS pending
    UNION ALL SELECT tenant, NULL, jsonb_object_agg(lane, jobs) FROM (
        SELECT tenant, lane, sum(jobs) AS jobs FROM owed GROUP BY 1, 2
    ) AS summed GROUP BY tenant
)
INSERT INTO activity AS a (minute, tenant, workers, pending)
SELECT turn.minute, s.* FROM turn CROSS JOIN sampled s ORDER BY s.tenant
ON CONFLICT (tenant, minute) DO UPDATE SET workers = excluded.workers, pending = excluded.pending
"""
_IN_SPAN: LiteralString = "minute >= %(since)s AND minute < %(until)s"
_OF_TENANT: LiteralString = f"""
        SELECT * FROM activity WHERE tenant IN (%(within)s, '') AND {_IN_SPAN}"""
# Without a row of it, a collection had nothing in a minute in which a process ran.
_OF_COLLECTION: LiteralString = f"""
        SELECT minute, workers, pending, failed, embedding, {_NAMES}
        FROM activity WHERE tenant = '' AND {_IN_SPAN}
        UNION ALL SELECT minute, NULL, pending, failed, '{{}}', {_NAMES}
        FROM collection_activity WHERE collection = %(within)s AND {_IN_SPAN}"""
_POINTS: LiteralString = f"""
WITH found AS MATERIALIZED (
    SELECT *, floor(extract(epoch FROM minute) / %(step)s)::bigint AS point FROM ({{minutes}}
    ) AS minutes
), histograms AS (
    SELECT point, jsonb_object_agg(name, counts) AS histograms FROM (
        SELECT point, name, array_agg(count ORDER BY bucket) AS counts FROM (
            SELECT point, name, bucket, sum(count) AS count
            FROM found, LATERAL (
                VALUES {", ".join(f"('{name}', {name})" for name in Timed)}
            ) AS h (name, counts), unnest(h.counts) WITH ORDINALITY AS u (count, bucket)
            GROUP BY 1, 2, 3
        ) AS summed GROUP BY 1, 2
    ) AS each GROUP BY point
), pending AS (
    SELECT point, jsonb_object_agg(lane, most) AS pending FROM (
        SELECT point, lane, max(jobs::bigint) AS most
        FROM found, jsonb_each_text(pending) AS p (lane, jobs) GROUP BY 1, 2
    ) AS largest GROUP BY point
)
SELECT f.point, f.workers, f.failed, coalesce(histograms, '{{{{}}}}') AS histograms,
    coalesce(pending, '{{{{}}}}') AS pending
FROM (
    SELECT point, min(workers) AS workers, sum(failed) AS failed FROM found GROUP BY point
) AS f LEFT JOIN histograms USING (point) LEFT JOIN pending USING (point)
"""


def storing(counts: ActivityCounts, *, is_last: bool = False) -> Iterator[Statement]:
    """Yield the statements that store the minutes that are over, or all if it `is_last`.

    Each must be committed before the next is asked for: what is stored is forgotten then, so that
    no error in a later one adds it again.
    """
    if over := counts.over(all_=is_last):
        yield addition(over)
        counts.forget(over)
        if not is_last:
            yield from upkeep(over[-1].minute)


def addition(counts: Sequence[MinuteCounts]) -> Statement:
    """Return the statement that adds counts to those of other processes."""
    shared_and_tenants = [
        {"tenant": each.within.name if each.within else EVERY_TENANT, **_row(each)}
        for each in counts
        if not isinstance(each.within, Collection)
    ]
    collections = [
        {"collection": each.within.key, **_row(each)}
        for each in counts
        if isinstance(each.within, Collection)
    ]
    rows = {"activity": Jsonb(shared_and_tenants), "collection_activity": Jsonb(collections)}
    return _ADD, rows


def upkeep(minute: datetime) -> list[Statement]:
    """Return the statements that delete old minutes, and sample this one if nobody has."""
    return [(_DELETE_OLD, {"minute": minute}), (_SAMPLE, {"minute": minute})]


def _row(counts: MinuteCounts) -> dict[str, Any]:
    return {
        "minute": counts.minute.isoformat(),
        "failed": counts.failed,
        **{timed.value: histogram for timed, histogram in counts.histograms.items()},
    }


async def read(connection: AsyncConnection, within: Collection | Tenant, span: Span) -> Activity:
    """Return what happened in a span, within a collection or a tenant, and what all share."""
    is_tenant = isinstance(within, Tenant)
    parameters = {
        "within": within.name if is_tenant else within,
        "since": span.since,
        "until": span.until,
        "step": span.step_seconds,
    }
    statement = _POINTS.format(minutes=_OF_TENANT if is_tenant else _OF_COLLECTION)
    cursor = await connection.execute(statement, parameters)
    points = [_point(row, span.step_seconds) for row in await cursor.fetchall()]
    by_time = {point.time: point for point in points}
    return Activity(span, [(time, by_time.get(time)) for time in span.times()])


def _point(row: dict[str, Any], step_seconds: int) -> ActivityPoint:
    pending = {lane: row["pending"].get(lane, 0) for lane in Lane}
    return ActivityPoint(
        time=time_of(row["point"] * step_seconds),
        workers=row["workers"],
        pending=None if row["workers"] is None else pending,
        failed=row["failed"],
        histograms={Timed(name): counts for name, counts in row["histograms"].items()},
    )

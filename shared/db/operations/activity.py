"""What happened, by minute: added up by all processes, sampled by one, kept for a day."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, LiteralString

from psycopg.types.json import Jsonb

from shared.db.kit.pool import AsyncConnection
from shared.db.models.roles import ACTIVE_JOBS
from shared.db.operations.workers import ALIVE
from shared.domain.documents.document import Lane
from shared.domain.operations.activity import (
    Activity,
    ActivityCounts,
    ActivityPoint,
    MinuteCounts,
    Span,
    Timed,
    time_of,
)
from shared.domain.refs import Tenant

Statement = tuple[LiteralString, Sequence[Any] | Mapping[str, Any]]
EVERY_TENANT = ""
"""The name in the rows of what all tenants share. No tenant has it."""
_TIMED = tuple(Timed)

# Both arrays may be the longer one.
_SUM: LiteralString = """(SELECT array_agg(coalesce(x, 0) + coalesce(y, 0) ORDER BY n)
        FROM unnest(a.{name}, excluded.{name}) WITH ORDINALITY AS both_of (x, y, n))"""
_SUMS = ",\n    ".join(f"{name} = coalesce({_SUM.format(name=name)}, '{{}}')" for name in _TIMED)
_NAMES = ", ".join(_TIMED)
# The rows of a statement have one order, so two processes cannot deadlock.
_ADD = f"""
INSERT INTO activity AS a (minute, tenant, failed, {_NAMES})
SELECT minute, tenant, failed, {", ".join(f"coalesce({name}, '{{}}')" for name in _TIMED)}
FROM jsonb_to_recordset(%s) AS new (minute timestamptz, tenant text, failed int,
    {", ".join(f"{name} int[]" for name in _TIMED)})
ORDER BY minute, tenant
ON CONFLICT (tenant, minute) DO UPDATE SET failed = a.failed + excluded.failed,
    {_SUMS}
"""
# A day, and the step before it.
_DELETE_OLD: LiteralString = """
DELETE FROM activity WHERE minute < %(minute)s::timestamptz - interval '25 hours'
"""
# Whoever comes first looks for all.
_SAMPLE: LiteralString = f"""
WITH turn AS MATERIALIZED (
    SELECT %(minute)s::timestamptz AS minute WHERE NOT EXISTS (
        SELECT FROM activity
        WHERE tenant = '' AND minute = %(minute)s AND workers IS NOT NULL
    ) AND pg_try_advisory_xact_lock(hashtext('inkdex activity'))
), owed AS (
    SELECT tenant, jsonb_object_agg(lane, jobs) AS pending FROM (
        SELECT m.tenant, j.lane, count(*) AS jobs FROM {ACTIVE_JOBS}
        WHERE j.failed_at IS NULL AND EXISTS (SELECT FROM turn) GROUP BY 1, 2
    ) AS counted GROUP BY tenant
), sampled AS (
    SELECT '' AS tenant, (SELECT count(*) FROM {ALIVE}) AS workers, NULL::jsonb AS pending
    UNION ALL SELECT tenant, NULL, pending FROM owed
)
INSERT INTO activity AS a (minute, tenant, workers, pending)
SELECT turn.minute, s.* FROM turn CROSS JOIN sampled s ORDER BY s.tenant
ON CONFLICT (tenant, minute) DO UPDATE SET workers = excluded.workers, pending = excluded.pending
"""
_POINTS = f"""
WITH found AS MATERIALIZED (
    SELECT *, floor(extract(epoch FROM minute) / %(step)s)::bigint AS point FROM activity
    WHERE tenant IN (%(tenant)s, '') AND minute >= %(since)s AND minute < %(until)s
), histograms AS (
    SELECT point, jsonb_object_agg(name, counts) AS histograms FROM (
        SELECT point, name, array_agg(count ORDER BY bucket) AS counts FROM (
            SELECT point, name, bucket, sum(count) AS count
            FROM found, LATERAL (
                VALUES {", ".join(f"('{name}', {name})" for name in _TIMED)}
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
SELECT f.point, f.workers, f.failed, coalesce(histograms, '{{}}') AS histograms,
    coalesce(pending, '{{}}') AS pending
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
    return _ADD, (_rows(counts),)


def upkeep(minute: datetime) -> list[Statement]:
    """Return the statements that delete old minutes, and sample this one if nobody has."""
    return [(_DELETE_OLD, {"minute": minute}), (_SAMPLE, {"minute": minute})]


def _rows(counts: Sequence[MinuteCounts]) -> Jsonb:
    return Jsonb([_row(each) for each in counts])


def _row(counts: MinuteCounts) -> dict[str, Any]:
    return {
        "minute": counts.minute.isoformat(),
        "tenant": counts.tenant.name if counts.tenant else EVERY_TENANT,
        "failed": counts.failed,
        **{timed.value: histogram for timed, histogram in counts.histograms.items()},
    }


async def read(connection: AsyncConnection, tenant: Tenant, span: Span) -> Activity:
    """Return what happened in a span, of a tenant and of what all share."""
    parameters = {
        "tenant": tenant.name,
        "since": span.since,
        "until": span.until,
        "step": span.step_seconds,
    }
    cursor = await connection.execute(_POINTS, parameters)
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

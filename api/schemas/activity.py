"""What happened in the last hours, on the wire."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Self

from pydantic import BaseModel, Field

from shared.domain.documents.document import Lane
from shared.domain.operations.activity import (
    POINTS_MAX,
    Activity,
    ActivityPoint,
    Timed,
)


class SpreadOut(BaseModel):
    """How long things took. The figures are exact to 26 %."""

    p50_ms: float = Field(description="Half of them took at most so long.", examples=[12.0])
    p95_ms: float = Field(description="95 % of them took at most so long.", examples=[25.0])

    @classmethod
    def of(cls, point: ActivityPoint, timed: Timed) -> Self | None:
        """Return the percentiles of a point, or None without durations."""
        found = point.percentiles(timed)
        return None if found is None else cls(p50_ms=found[0], p95_ms=found[1])


class ActivityPointOut(BaseModel):
    """What happened during a step. If no process ran, all but `time` is null."""

    time: datetime = Field(description="When the step began.")
    workers: int | None = Field(
        description="The fewest workers that ran at the end of a minute; null if unknown.",
        examples=[1],
    )
    pending: dict[Lane, int] | None = Field(
        description="The most documents that waited at the end of a minute, by lane; null if "
        "unknown.",
        examples=[{"interactive": 1, "bulk": 0, "backfill": 0}],
    )
    ready: int | None = Field(description="Documents that became ready.", examples=[240])
    failed: int | None = Field(
        description="Documents that failed and are not tried again.", examples=[1]
    )
    searches: int | None = Field(description="Successful calls of `/v1/search`.", examples=[12])
    writes: int | None = Field(description="Writes, without imports.", examples=[7])
    search: SpreadOut | None = Field(description="How long searches took; null without any.")
    write: SpreadOut | None = Field(description="How long writes took; null without any.")
    waiting: SpreadOut | None = Field(
        description="The time from a write until its document was ready; null without any."
    )
    embedding: SpreadOut | None = Field(
        description="How long a call of the model took, for all tenants; null without any."
    )

    @classmethod
    def of(cls, time: datetime, point: ActivityPoint | None) -> Self:
        """Return a point on the wire."""
        if point is None:
            return cls(time=time, **dict.fromkeys(cls.model_fields.keys() - {"time"}))
        return cls(
            time=time,
            workers=point.workers,
            pending=None if point.pending is None else dict(point.pending),
            **_figures(point),
        )


def _figures(point: ActivityPoint) -> Mapping[str, Any]:
    """Return what a step and the sum of all steps have in common."""
    return {
        "ready": point.count(Timed.WAITING),
        "failed": point.failed,
        "searches": point.count(Timed.SEARCH),
        "writes": point.count(Timed.WRITE),
        **{timed.value: SpreadOut.of(point, timed) for timed in Timed},
    }


class ActivityTotalOut(BaseModel):
    """What happened in all steps together."""

    ready: int = Field(description="Documents that became ready.", examples=[240])
    failed: int = Field(description="Documents that failed and are not tried again.", examples=[1])
    searches: int = Field(description="Successful calls of `/v1/search`.", examples=[12])
    writes: int = Field(description="Writes, without imports.", examples=[7])
    search: SpreadOut | None = Field(description="How long searches took; null without any.")
    write: SpreadOut | None = Field(description="How long writes took; null without any.")
    waiting: SpreadOut | None = Field(
        description="The time from a write until its document was ready; null without any."
    )
    embedding: SpreadOut | None = Field(
        description="How long a call of the model took, for all tenants; null without any."
    )

    @classmethod
    def of(cls, total: ActivityPoint) -> Self:
        """Return the sum on the wire."""
        return cls(**_figures(total))


class ActivityOut(BaseModel):
    """What happened in a collection, or in all of a tenant, in evenly spaced steps.

    `workers` and `embedding` are of all tenants, whatever the collection.
    """

    since: datetime = Field(description="When the first step began.")
    until: datetime = Field(description="When the last step ended.")
    step_seconds: int = Field(description="How long each step is.", examples=[60])
    total: ActivityTotalOut | None = Field(
        description="All steps together; null if no process ran."
    )
    points: list[ActivityPointOut] = Field(
        description=f"The steps, the oldest first, at most {POINTS_MAX}."
    )

    @classmethod
    def of(cls, activity: Activity) -> Self:
        """Return the activity on the wire."""
        total = activity.total
        return cls(
            since=activity.span.since,
            until=activity.span.until,
            step_seconds=activity.span.step_seconds,
            total=None if total is None else ActivityTotalOut.of(total),
            points=[ActivityPointOut.of(*each) for each in activity.points],
        )

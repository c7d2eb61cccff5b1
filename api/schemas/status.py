"""Status and statistics on the wire."""

from pydantic import BaseModel, ConfigDict, Field

from shared.domain.documents.document import Lane
from shared.domain.operations.statistics import PartState


class PartOut(BaseModel):
    """Whether a part works, its state, and a sentence about it."""

    model_config = ConfigDict(from_attributes=True)

    ok: bool
    state: PartState
    detail: str


class RevisionsOut(BaseModel):
    """The revision of the database's schema, null if unknown, and the one that the API needs."""

    database: str | None
    required: str


class ReadyOut(BaseModel):
    """Whether requests can be served, and the state of each part."""

    ready: bool
    postgres: PartOut
    redis: PartOut
    ollama: PartOut
    worker: PartOut
    revisions: RevisionsOut


class ModelOut(BaseModel):
    """The active embedding model; null until a worker has reached it."""

    name: str | None
    digest: str | None
    dimensions: int | None
    note: str | None


class PercentilesOut(BaseModel):
    """Percentiles of `count` durations in the last minute; null if there were none."""

    model_config = ConfigDict(from_attributes=True)

    count: int
    p50_ms: float | None
    p95_ms: float | None
    p99_ms: float | None


class LatencyOut(BaseModel):
    """Latencies of the last minute.

    `write` and `search` are requests to this API process. `waiting` is the time from a write until
    its document is ready. `embedding` is one call of the model, over all workers.
    """

    model_config = ConfigDict(from_attributes=True)

    write: PercentilesOut
    search: PercentilesOut
    waiting: PercentilesOut
    embedding: PercentilesOut


class StatsOut(BaseModel):
    """Statistics of the whole system. They may be a second old, or more if counting takes long."""

    documents: dict[str, int]
    lanes: dict[Lane, int]
    oldest_pending_seconds: float | None
    embedded_per_second: float
    queue_empty_seconds: float | None = Field(
        description="An estimate, at the rate of a window in which there was work all the time."
    )
    latency: LatencyOut
    model: ModelOut
    workers: int
    paused_reason: str | None
    ollama: PartOut
    redis: PartOut
    flower_url: str

"""What the system tells of itself, on the wire."""

from pydantic import BaseModel, ConfigDict

from shared.domain.documents.document import Lane


class PartOut(BaseModel):
    """Whether a part answers, and a sentence about it."""

    ok: bool
    detail: str


class ReadyOut(BaseModel):
    """Whether requests can be served, and how each part is."""

    ready: bool
    postgres: PartOut
    redis: PartOut
    ollama: PartOut
    worker: PartOut


class ModelOut(BaseModel):
    """The active embedding model; null where no worker has reached it yet."""

    name: str | None
    digest: str | None
    dimensions: int | None
    note: str | None


class PercentilesOut(BaseModel):
    """Percentiles of what took `count` durations of the last minute; null where there were none."""

    model_config = ConfigDict(from_attributes=True)

    count: int
    p50_ms: float | None
    p95_ms: float | None
    p99_ms: float | None


class LatencyOut(BaseModel):
    """How long things took in the last minute.

    `write` and `search`: requests that this API process answered. `waiting`: from a text's writing
    until it was ready, and `embedding`: a batch's call of the model, of all workers.
    """

    model_config = ConfigDict(from_attributes=True)

    write: PercentilesOut
    search: PercentilesOut
    waiting: PercentilesOut
    embedding: PercentilesOut


class CollectionOut(BaseModel):
    """A collection that has documents."""

    name: str


class CollectionsOut(BaseModel):
    """Collections by name, the first hundred."""

    items: list[CollectionOut]


class StatsOut(BaseModel):
    """Figures of the whole system, a second old, or more where counting takes long."""

    documents: dict[str, int]
    lanes: dict[Lane, int]
    oldest_pending_seconds: float | None
    embedded_per_second: float
    latency: LatencyOut
    model: ModelOut
    workers: int
    paused_reason: str | None
    ollama: PartOut
    redis: PartOut
    flower_url: str

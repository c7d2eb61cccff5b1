"""Status and statistics on the wire."""

from typing import Self

from pydantic import BaseModel, ConfigDict, Field

from shared.domain.answers.events import CacheUse
from shared.domain.answers.figures import WINDOW_SECONDS, AnswerFigures, Outcome
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
    """Percentiles of `count` recent durations; null if there were none."""

    model_config = ConfigDict(from_attributes=True)

    count: int
    p50_ms: float | None
    p95_ms: float | None
    p99_ms: float | None


class LatencyOut(BaseModel):
    """Latencies of the last minute.

    `write` and `search` are the tenant's requests to this API. `waiting` is the time from a write
    until its document is ready. `embedding` is one call of the model, over all workers.
    """

    model_config = ConfigDict(from_attributes=True)

    write: PercentilesOut
    search: PercentilesOut
    waiting: PercentilesOut
    embedding: PercentilesOut


class AnswersOut(BaseModel):
    """The tenant's questions of the last `window_seconds`, in all processes of this API.

    `by_cache` counts the answers that the chat model wrote. `first_token` and `total` are of those
    that were not cached. `unverified` counts quotations that are in no source.
    """

    model_config = ConfigDict(from_attributes=True)

    window_seconds: float
    answered: int
    by_cache: dict[CacheUse, int]
    refused: int
    quotations: int
    interrupted: int
    failed: int
    cancelled: int
    unverified: int
    first_token: PercentilesOut
    total: PercentilesOut
    tokens_per_second: float | None

    @classmethod
    def of(cls, figures: AnswerFigures) -> Self:
        """Return the figures on the wire."""
        counts = figures.by_outcome
        speed = figures.tokens_per_second
        return cls(
            window_seconds=WINDOW_SECONDS,
            answered=figures.answered,
            by_cache=dict(figures.by_cache),
            refused=counts[Outcome.REFUSED],
            quotations=counts[Outcome.QUOTATIONS],
            interrupted=counts[Outcome.INTERRUPTED],
            failed=counts[Outcome.FAILED],
            cancelled=counts[Outcome.CANCELLED],
            unverified=figures.unverified,
            first_token=PercentilesOut.model_validate(figures.first_token),
            total=PercentilesOut.model_validate(figures.total),
            tokens_per_second=None if speed is None else round(speed, 2),
        )


class TargetOut(BaseModel):
    """A latency target of the settings, and the percentile measured over `count` durations.

    `met` is null if nothing was measured.
    """

    model_config = ConfigDict(from_attributes=True)

    target_ms: float
    measured_ms: float | None
    count: int
    met: bool | None


class ShareOut(BaseModel):
    """How long the model has worked for the documents of a tenant in a lane."""

    model_config = ConfigDict(from_attributes=True)

    tenant: str
    lane: Lane
    seconds: float


class StatsOut(BaseModel):
    """Statistics of a tenant. They may be a second old, or more if counting takes long.

    Workers, the model server and the time of one call of the model are shared by all tenants.
    `flower_url` is for operators, and empty for others.
    """

    documents: dict[str, int]
    lanes: dict[Lane, int]
    oldest_pending_seconds: float | None
    embedded_per_second: float
    queue_empty_seconds: float | None = Field(
        description="An estimate, at the rate of a window in which there was work all the time."
    )
    latency: LatencyOut
    answers: AnswersOut
    targets: dict[str, TargetOut] = Field(
        description="By name: `search_p50` and `search_p99` of the last minute, and"
        " `first_token_p95` of the window of `answers`."
    )
    model: ModelOut
    model_seconds: list[ShareOut] | None = Field(
        description="By tenant and lane, the 300 longest times. For operators only, else null."
    )
    workers: int
    paused_reason: str | None
    ollama: PartOut
    redis: PartOut
    flower_url: str

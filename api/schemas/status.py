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

    ok: bool = Field(description="Whether the part works.", examples=[True])
    state: PartState = Field(description="What the part does.")
    detail: str = Field(description="A sentence about it.", examples=["PostgreSQL answers."])


class RevisionsOut(BaseModel):
    """The revision of the database's schema, null if unknown, and the one that the API needs."""

    database: str | None = Field(
        description="The revision of the database's schema; null if unknown.", examples=["0017"]
    )
    required: str = Field(description="The revision that the API needs.", examples=["0017"])


class ReadyOut(BaseModel):
    """Whether requests can be served, and the state of each part."""

    ready: bool = Field(description="Whether requests can be served.", examples=[True])
    stopping: bool = Field(
        description="Whether this API is about to stop. It is not ready then.", examples=[False]
    )
    postgres: PartOut = Field(description="The database.")
    redis: PartOut = Field(description="Redis or Valkey.")
    ollama: PartOut = Field(description="The server of the embedding model.")
    worker: PartOut = Field(description="The workers.")
    revisions: RevisionsOut = Field(description="The revisions of the database's schema.")


class ActiveModelOut(BaseModel):
    """The active embedding model; null until a worker has reached it."""

    name: str | None = Field(
        description="The name of the model; null until a worker has reached it.",
        examples=["all-minilm"],
    )
    digest: str | None = Field(
        description="The digest of the model; null if its server tells none.",
        examples=["1b226e2802db"],
    )
    dimensions: int | None = Field(
        description="The length of its vectors; null until they are known.", examples=[384]
    )
    note: str | None = Field(
        description="What is to be known about the model; null if nothing.", examples=[None]
    )


class PercentilesOut(BaseModel):
    """Percentiles of `count` recent durations; null if there were none."""

    model_config = ConfigDict(from_attributes=True)

    count: int = Field(description="How many durations were measured.", examples=[120])
    p50_ms: float | None = Field(description="Half of them are at most so long.", examples=[12.0])
    p95_ms: float | None = Field(description="95 % of them are at most so long.", examples=[25.0])
    p99_ms: float | None = Field(description="99 % of them are at most so long.", examples=[40.0])


class LatencyOut(BaseModel):
    """Latencies of the last minute.

    `write` and `search` are the tenant's requests to this API. `waiting` is the time from a write
    until its document is ready. `embedding` is one call of the model, over all workers.
    """

    model_config = ConfigDict(from_attributes=True)

    write: PercentilesOut = Field(description="The tenant's writes to this API.")
    search: PercentilesOut = Field(description="The tenant's searches in this API.")
    waiting: PercentilesOut = Field(
        description="The time from a write until its document is ready."
    )
    embedding: PercentilesOut = Field(description="One call of the model, over all workers.")


class AnswersOut(BaseModel):
    """The tenant's questions of the last `window_seconds`, in all processes of this API.

    `by_cache` counts the answers that the chat model wrote. `first_token` and `total` are of those
    that were not cached. `unverified` counts quotations that are in no source.
    """

    model_config = ConfigDict(from_attributes=True)

    window_seconds: float = Field(description="How far back the figures go.", examples=[600.0])
    answered: int = Field(description="Questions that were answered.", examples=[10])
    by_cache: dict[CacheUse, int] = Field(
        description="The answers that the chat model wrote, by where they came from.",
        examples=[{"miss": 8, "exact": 2}],
    )
    refused: int = Field(
        description="Questions that were refused before the chat model was asked.", examples=[1]
    )
    quotations: int = Field(
        description="Questions that were answered by quotations, because the chat model failed.",
        examples=[0],
    )
    interrupted: int = Field(description="Answers that broke off.", examples=[0])
    failed: int = Field(description="Questions that failed.", examples=[0])
    cancelled: int = Field(description="Questions whose client left.", examples=[0])
    unverified: int = Field(description="Quotations that are in no source.", examples=[0])
    first_token: PercentilesOut = Field(
        description="The times to the first token, without cached answers."
    )
    total: PercentilesOut = Field(description="The times to the end, without cached answers.")
    tokens_per_second: float | None = Field(
        description="The speed of the writing; null if nothing was written.", examples=[26.7]
    )

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

    target_ms: float = Field(description="The target.", examples=[50.0])
    measured_ms: float | None = Field(
        description="What was measured; null if nothing was.", examples=[12.0]
    )
    count: int = Field(description="How many durations were measured.", examples=[120])
    met: bool | None = Field(
        description="Whether the target is met; null if nothing was measured.", examples=[True]
    )


class ShareOut(BaseModel):
    """How long the model has worked for the documents of a tenant in a lane."""

    model_config = ConfigDict(from_attributes=True)

    tenant: str = Field(description="The tenant.", examples=["default"])
    lane: Lane = Field(description="The lane.")
    seconds: float = Field(description="How long the model has worked for it.", examples=[12.5])


class StatsOut(BaseModel):
    """Statistics of a tenant. They may be a second old, or more if counting takes long.

    Workers, the model server and the time of one call of the model are shared by all tenants.
    `flower_url` is for operators, and empty for others.
    """

    documents: dict[str, int] = Field(
        description="The documents by status, and in total.",
        examples=[{"total": 3, "pending": 1, "ready": 2, "failed": 0}],
    )
    lanes: dict[Lane, int] = Field(
        description="The pending documents by lane.",
        examples=[{"interactive": 1, "bulk": 0, "backfill": 0}],
    )
    oldest_pending_seconds: float | None = Field(
        description="How long the oldest pending document waits; null if none does.", examples=[0.4]
    )
    embedded_per_second: float = Field(
        description="Documents embedded a second, over the last minute.", examples=[2.5]
    )
    queue_empty_seconds: float | None = Field(
        description="An estimate, at the rate of a window in which there was work all the time.",
        examples=[0.4],
    )
    latency: LatencyOut = Field(description="Latencies of the last minute.")
    answers: AnswersOut = Field(description="The tenant's questions.")
    targets: dict[str, TargetOut] = Field(
        description="By name: `search_p50` and `search_p99` of the last minute, and"
        " `first_token_p95` of the window of `answers`.",
        examples=[{"search_p50": {"target_ms": 50, "measured_ms": 12, "count": 120, "met": True}}],
    )
    model: ActiveModelOut = Field(description="The active embedding model.")
    model_seconds: list[ShareOut] | None = Field(
        description="By tenant and lane, the 300 longest times. For operators only, else null.",
        examples=[None],
    )
    workers: int = Field(description="How many workers run.", examples=[1])
    paused_reason: str | None = Field(
        description="Why nothing is embedded now; null if something can be.", examples=[None]
    )
    ollama: PartOut = Field(description="The server of the embedding model.")
    redis: PartOut = Field(description="Redis or Valkey.")
    flower_url: str = Field(
        description="The address of Flower for operators; empty for others.", examples=[""]
    )

"""The state of the server."""

import re
from datetime import datetime

from inkdex.models.answer import Answer

PARAMETER = re.compile(r"{[^}]*}")


class Part(Answer):
    """Whether a part works."""

    ok: bool
    state: str
    detail: str


class Revisions(Answer):
    """The revision of the database, and that which the server needs."""

    database: str | None
    required: str


class Ready(Answer):
    """Whether the server can serve, part by part."""

    ready: bool
    stopping: bool
    postgres: Part
    redis: Part
    ollama: Part
    worker: Part
    revisions: Revisions


class Percentiles(Answer):
    """Times in milliseconds."""

    count: int
    p50_ms: float | None
    p95_ms: float | None
    p99_ms: float | None


class Latency(Answer):
    """How long things take."""

    write: Percentiles
    search: Percentiles
    waiting: Percentiles
    embedding: Percentiles


class AnswerStats(Answer):
    """What became of the questions of the last minutes."""

    window_seconds: float
    answered: int
    by_cache: dict[str, int]
    refused: int
    quotations: int
    interrupted: int
    failed: int
    cancelled: int
    unverified: int
    first_token: Percentiles
    total: Percentiles
    tokens_per_second: float | None


class Target(Answer):
    """A promised time, and the measured one."""

    target_ms: float
    measured_ms: float | None
    count: int
    met: bool | None


class ModelState(Answer):
    """The embedding model."""

    name: str | None
    digest: str | None
    dimensions: int | None
    note: str | None


class Share(Answer):
    """The time of the model that a tenant has used."""

    tenant: str
    lane: str
    seconds: float


class Stats(Answer):
    """Counts, rates and times."""

    documents: dict[str, int]
    lanes: dict[str, int]
    oldest_pending_seconds: float | None
    embedded_per_second: float
    queue_empty_seconds: float | None
    latency: Latency
    answers: AnswerStats
    targets: dict[str, Target]
    model: ModelState
    model_seconds: list[Share] | None
    workers: int
    paused_reason: str | None
    ollama: Part
    redis: Part
    flower_url: str


class Spread(Answer):
    """How long things took."""

    p50_ms: float
    p95_ms: float


class ActivityPoint(Answer):
    """What happened during a step. If no process ran, all but `time` is None."""

    time: datetime
    workers: int | None
    pending: dict[str, int] | None
    ready: int | None
    failed: int | None
    searches: int | None
    writes: int | None
    search: Spread | None
    write: Spread | None
    waiting: Spread | None
    embedding: Spread | None


class ActivityTotal(Answer):
    """What happened in all steps together."""

    ready: int
    failed: int
    searches: int
    writes: int
    search: Spread | None
    write: Spread | None
    waiting: Spread | None
    embedding: Spread | None


class Activity(Answer):
    """What happened in evenly spaced steps, the oldest first. `total` is of all of them."""

    since: datetime
    until: datetime
    step_seconds: int
    total: ActivityTotal | None = None
    points: list[ActivityPoint]


class FailureExample(Answer):
    """A document, or a file, that failed."""

    collection: str
    id: str


class FailureGroup(Answer):
    """All documents, or all files, that failed for a reason."""

    kind: str
    reason: str
    meaning: str | None
    count: int
    newest_at: datetime
    retry_may_help: bool
    examples: list[FailureExample]


class Failures(Answer):
    """What failed by reason. Unless `complete`, each count is a lower bound."""

    items: list[FailureGroup]
    complete: bool
    counted_max: int


class Description(Answer):
    """The part of the API's description that says what the server can do."""

    paths: dict[str, dict[str, object]]

    def has(self, operation: str) -> bool:
        """Say whether there is an operation, such as `GET /v1/files/{}`."""
        method, _, wanted = operation.partition(" ")
        return any(
            method.lower() in methods
            for path, methods in self.paths.items()
            if PARAMETER.sub("{}", path) == PARAMETER.sub("{}", wanted)
        )

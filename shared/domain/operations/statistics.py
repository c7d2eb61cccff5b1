"""Figures of tenants and of the whole system, and the health of its parts."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from shared.domain.documents.document import Lane
from shared.domain.reasons import WriteRefusal

RECENT_SECONDS = 15
FORECAST_EMBEDDED = 5
"""A rate of fewer embeddings says little."""


class PartState(StrEnum):
    """What a part does. `unknown`: PostgreSQL, which would know, does not answer or store."""

    WORKS = "works"
    DOWN = "down"
    PAUSED = "paused"
    DISK_FULL = WriteRefusal.DISK_FULL.value
    READ_ONLY = WriteRefusal.READ_ONLY.value
    MISCONFIGURED = "misconfigured"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class PartHealth:
    """The state of a part, and a sentence about it."""

    state: PartState
    detail: str

    @property
    def ok(self) -> bool:
        return self.state is PartState.WORKS


@dataclass(frozen=True, slots=True)
class Waiting:
    """Waiting work of a tenant or of all, and the workers.

    Ages are in seconds, 0 for an empty lane.
    `workers_paused` counts the workers that claim nothing, by reason.
    """

    pending: Mapping[Lane, int]
    oldest_seconds: Mapping[Lane, float]
    failed: int
    workers: int
    workers_paused: Mapping[str, int]

    @property
    def paused_reason(self) -> str | None:
        return max(self.workers_paused, default=None)

    @property
    def oldest_pending_seconds(self) -> float | None:
        return max(self.oldest_seconds.values()) if any(self.pending.values()) else None


@dataclass(frozen=True, slots=True)
class Backlog(Waiting):
    """The waiting work of the whole system, counted cheaply, for the operator.

    `tokens_due` is an estimate, and `workers_wanted` says how many workers would have it done in
    time.
    """

    tokens_due: Mapping[Lane, float]
    workers_wanted: Mapping[Lane, int]
    pending_by_tenant: Mapping[str, int]
    ready_last_minute: int
    webhooks_failing: int


@dataclass(frozen=True, slots=True)
class ScalingAim:
    """In how many seconds the waiting documents should be done, and what the model servers can do.

    `model_slots` is the number of requests that they serve at a time: more workers gain nothing.
    """

    target_seconds: float
    model_slots: int


@dataclass(frozen=True, slots=True)
class Totals:
    """Counts that read all documents of a tenant, and its default model, if there is one."""

    documents: int
    ready: int
    embedded_last_minute: int
    embedded_recently: int
    model: str | None
    digest: str | None
    dimensions: int | None


@dataclass(frozen=True, slots=True)
class Durations:
    """Milliseconds of the last minute: waiting for an embedding, and calls of the model."""

    waiting: list[float]
    embedding: list[float]


@dataclass(frozen=True, slots=True)
class TenantStatistics:
    """All figures of a tenant at one moment."""

    backlog: Waiting
    totals: Totals
    durations: Durations

    @property
    def pending(self) -> int:
        """Documents that are neither ready nor failed. Before any model exists, all are."""
        return self.totals.documents - self.totals.ready - self.backlog.failed

    @property
    def queue_empty_seconds(self) -> float | None:
        """How long the pending documents will take, or None if that cannot be known.

        The rate is that of a window in which there was work all the time. At the beginning of an
        import, the average of a minute would also count the time before it.
        """
        waited = self.backlog.oldest_pending_seconds or 0.0
        if self.backlog.paused_reason:
            return None
        for seconds, embedded in (
            (RECENT_SECONDS, self.totals.embedded_recently),
            (60, self.totals.embedded_last_minute),
        ):
            if waited >= seconds and embedded >= FORECAST_EMBEDDED:
                return self.pending * seconds / embedded
        return None


@dataclass(frozen=True, slots=True)
class Presence:
    """The active model's name and the live workers."""

    model: str | None
    workers: int
    paused: int
    paused_reason: str | None

"""Figures of the whole system and the health of its parts."""

from dataclasses import dataclass

from shared.domain.documents.document import Lane


@dataclass(frozen=True, slots=True)
class Backlog:
    """What is owed at a moment; ages in seconds, 0 for an empty lane."""

    pending: dict[Lane, int]
    oldest_seconds: dict[Lane, float]
    failed: int
    ready_last_minute: int
    workers: int
    workers_paused: dict[str, int]
    webhooks_failing: int


@dataclass(frozen=True, slots=True)
class PartHealth:
    """Whether a part answers, and a sentence about it."""

    ok: bool
    detail: str

"""A collection's webhook and the state of its deliveries."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class WebhookState(StrEnum):
    """How the deliveries to a webhook go."""

    ACTIVE = "active"
    """The last one arrived, or none was needed yet."""
    RETRYING = "retrying"
    """The last one failed and is sent again."""
    PAUSED = "paused"
    """Its receiver said that it is gone for good (410)."""


@dataclass(frozen=True, slots=True)
class Webhook:
    """A collection's webhook and how it fares; `waiting` counts events up to a limit."""

    collection: str
    url: str
    paused: bool
    failures: int
    result: str | None
    attempted_at: datetime | None
    delivered_at: datetime | None
    next_attempt_at: datetime
    created_at: datetime
    waiting: int

    @property
    def state(self) -> WebhookState:
        """How its deliveries go."""
        if self.paused:
            return WebhookState.PAUSED
        return WebhookState.RETRYING if self.failures else WebhookState.ACTIVE

"""A collection's webhook and the state of its deliveries."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from shared.domain.refs import Collection


class WebhookState(StrEnum):
    """The state of a webhook's deliveries."""

    ACTIVE = "active"
    """The last delivery succeeded, or there was none yet."""
    RETRYING = "retrying"
    """The last delivery failed and will be repeated."""
    PAUSED = "paused"
    """The receiver answered 410 Gone. Nothing is delivered until the webhook is put again."""


@dataclass(frozen=True, slots=True)
class Webhook:
    """A collection's webhook and its deliveries; `waiting` counts events up to a limit."""

    collection: Collection
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
        if self.paused:
            return WebhookState.PAUSED
        return WebhookState.RETRYING if self.failures else WebhookState.ACTIVE

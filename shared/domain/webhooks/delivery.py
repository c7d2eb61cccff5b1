"""Webhooks that are due, and the events that are delivered to them."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from shared.domain.events.event import Position
from shared.domain.refs import Collection
from shared.domain.resilience.retry import RetryPolicy

SLOW_SECONDS = 1.0
"""A receiver is quick if its last answer was a success and took less than this."""


@dataclass(frozen=True, slots=True)
class DueWebhook:
    """A webhook with undelivered events after `position`, leased under `token`."""

    collection: Collection
    url: str
    secret: str
    position: Position
    failures: int
    quick: bool
    token: UUID


@dataclass(frozen=True, slots=True)
class Slots:
    """How many deliveries may begin, and how many of them to receivers that are not quick.

    No tenant may have more than `of_tenant` of the latter, with those that are running.
    """

    all: int
    not_quick: int
    of_tenant: int


@dataclass(frozen=True, slots=True)
class WebhookEvent:
    """A document's event in a webhook message."""

    position: Position
    id: str
    status: str
    version: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class EndedImport:
    """The end of an import, which has a message of its own."""

    position: Position
    key: int


LEASE_SECONDS = 30.0
"""Several times a sender's limit, so that no other worker sends to the same webhook."""
RETRY = RetryPolicy(max_attempts=2**31, base_seconds=2.0, cap_seconds=300.0)
"""Deliveries are repeated without end, as long as the events are kept."""

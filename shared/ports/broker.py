"""The broker that wakes workers."""

from collections.abc import Sequence
from typing import Protocol

from shared.domain.documents.document import Lane


class WakeUps(Protocol):
    """Tells workers that a lane has work."""

    def wake(self, lane: Lane, ids: Sequence[str]) -> None:
        """Send one message that names documents; raises BrokerUnavailable."""

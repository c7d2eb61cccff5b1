"""The broker that wakes workers."""

from collections.abc import Sequence
from typing import Protocol

from shared.domain.documents.document import Lane


class WakeUps(Protocol):
    """The way to tell workers that a lane has work."""

    def wake(self, lane: Lane, ids: Sequence[str]) -> None:
        """Send one message naming documents; raises BrokerUnavailable."""

"""The port to webhook receivers."""

from collections.abc import Mapping
from typing import Protocol


class WebhookSender(Protocol):
    """Sends messages to webhook receivers; several threads may share one."""

    def send(self, url: str, headers: Mapping[str, str], body: bytes) -> int:
        """Post a message and return the answer's HTTP status; raises WebhookRefused."""

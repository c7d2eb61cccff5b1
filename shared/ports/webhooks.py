"""The way to a webhook's receiver."""

from collections.abc import Mapping
from typing import Protocol


class WebhookSender(Protocol):
    """The way to a webhook's receiver."""

    async def send(self, url: str, headers: Mapping[str, str], body: bytes) -> int:
        """Post a message; return the status of the answer, or raise WebhookRefused."""

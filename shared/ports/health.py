"""A server whose health Inkdex checks."""

from typing import Protocol


class HealthCheck(Protocol):
    async def check(self) -> None:
        """Return if the server answers; raises an error that says what is wrong."""

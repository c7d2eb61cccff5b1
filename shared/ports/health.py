"""A server that Inkdex checks."""

from typing import Protocol


class HealthCheck(Protocol):
    """A server that Inkdex depends on and can do without for a while."""

    async def check(self) -> None:
        """Return if it answers; raises an error whose text says what is wrong."""

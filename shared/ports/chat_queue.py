"""The line of questions that wait for a slot of a chat model, shared by all API processes."""

from typing import Protocol

KEEP_SECONDS = 4.0
"""A ticket that nobody renews for so long is lost, and so is that of a process that died."""


class ChatQueue(Protocol):
    """A bounded line of tickets for each model. Those at the front hold the slots.

    A ticket says which tenant has it. `shared.domain.answers.fair_line` says who is next.
    """

    async def place(self, model: str, ticket: str) -> int | None:
        """Enter the line, or keep a place in it, and return the place.

        0 is the front. A place below the number of slots means: generate now. None: the line is
        full. A ticket that is lost enters again as a new one. Raises ChatQueueUnavailable.
        """

    async def hold(self, model: str, ticket: str) -> None:
        """Keep a slot. A ticket that is lost enters again at the front.

        Raises ChatQueueUnavailable.
        """

    async def leave(self, model: str, ticket: str) -> None:
        """Give up a place or a slot; never raises. A cancelled call still does so."""

    async def tickets(self, model: str) -> list[str]:
        """Return the tickets in the line, in order; raises ChatQueueUnavailable."""

"""The line for a chat model: the shared one, or that of this process while Redis is away."""

from shared.domain.answers.fair_line import FairLine
from shared.domain.errors import ChatQueueUnavailable
from shared.ports.chat_queue import ChatQueue


class LocalChatQueue:
    """Implements `shared.ports.chat_queue.ChatQueue` in memory. No ticket is ever lost."""

    def __init__(self, slots: int, room: int) -> None:
        self._slots = slots
        self._room = room
        self._lines: dict[str, FairLine] = {}

    async def place(self, model: str, ticket: str) -> int | None:
        return self._line(model).place(ticket)

    async def hold(self, model: str, ticket: str) -> None:
        self._line(model).enter_first(ticket)

    async def leave(self, model: str, ticket: str) -> None:
        self.remove(model, ticket)

    async def tickets(self, model: str) -> list[str]:
        return self._lines[model].tickets() if model in self._lines else []

    def remove(self, model: str, ticket: str) -> None:
        """Leave at once."""
        if line := self._lines.get(model):
            line.leave(ticket)
            if not line:
                del self._lines[model]

    def _line(self, model: str) -> FairLine:
        return self._lines.setdefault(model, FairLine(self._slots, self._room))


class ChatQueues:
    """Implements `shared.ports.chat_queue.ChatQueue` by the shared line where it can be reached.

    Every ticket is also in the line of this process, so that places remain if the shared line is
    lost. Raises no ChatQueueUnavailable.
    """

    def __init__(self, shared: ChatQueue, slots: int, room: int) -> None:
        self._shared = shared
        self._local = LocalChatQueue(slots, room)

    async def place(self, model: str, ticket: str) -> int | None:
        local = await self._local.place(model, ticket)
        if local is None:
            return None
        try:
            place = await self._shared.place(model, ticket)
        except ChatQueueUnavailable:
            return local
        if place is None:
            self._local.remove(model, ticket)
        return place

    async def hold(self, model: str, ticket: str) -> None:
        try:
            await self._shared.hold(model, ticket)
        except ChatQueueUnavailable:
            await self._local.hold(model, ticket)

    async def leave(self, model: str, ticket: str) -> None:
        self._local.remove(model, ticket)
        await self._shared.leave(model, ticket)

    async def tickets(self, model: str) -> list[str]:
        try:
            return await self._shared.tickets(model)
        except ChatQueueUnavailable:
            return await self._local.tickets(model)

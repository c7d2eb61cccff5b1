"""The line for a chat model: the shared one, or that of this process while Redis is away."""

from collections import defaultdict

from shared.domain.errors import ChatQueueUnavailable
from shared.ports.chat_queue import ChatQueue


class LocalChatQueue:
    """Implements `shared.ports.chat_queue.ChatQueue` in memory. No ticket is ever lost."""

    def __init__(self, room: int) -> None:
        self._room = room
        self._lines: defaultdict[str, dict[str, None]] = defaultdict(dict)

    async def place(self, model: str, ticket: str) -> int | None:
        line = self._lines[model]
        if ticket not in line and len(line) >= self._room:
            return None
        line.setdefault(ticket)
        return list(line).index(ticket)

    async def hold(self, model: str, ticket: str) -> None:
        line = self._lines[model]
        if ticket not in line:
            self._lines[model] = {ticket: None, **line}

    async def leave(self, model: str, ticket: str) -> None:
        self.remove(model, ticket)

    async def length(self, model: str) -> int:
        return len(self._lines.get(model, ()))

    def remove(self, model: str, ticket: str) -> None:
        """Leave at once."""
        line = self._lines.get(model, {})
        line.pop(ticket, None)
        if not line:
            self._lines.pop(model, None)


class ChatQueues:
    """Implements `shared.ports.chat_queue.ChatQueue` by the shared line where it can be reached.

    Every ticket is also in the line of this process, so that places remain if the shared line is
    lost. Raises no ChatQueueUnavailable.
    """

    def __init__(self, shared: ChatQueue, room: int) -> None:
        self._shared = shared
        self._local = LocalChatQueue(room)

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

    async def length(self, model: str) -> int:
        try:
            return await self._shared.length(model)
        except ChatQueueUnavailable:
            return await self._local.length(model)

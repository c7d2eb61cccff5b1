"""The model servers that chat. An answer is written by the one with the fewest answers to write."""

import random
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import TypeVar

from shared.domain.answers.chat import ChatCard, ChatEnd, ChatRequest
from shared.domain.model_errors import ChatUnavailable
from shared.domain.resilience.breaker import Breaker
from shared.ports.chat import ChatModel

_Found = TypeVar("_Found")


@dataclass(slots=True, eq=False)
class _Server:
    chat: ChatModel
    running: int = 0
    breaker: Breaker = field(default_factory=Breaker)

    def failed(self, error: ChatUnavailable) -> None:
        self.breaker.record_failure(time.monotonic(), error.reason)


class ChatServers:
    """Implements `shared.ports.chat.ChatModel`. Another server is asked if one fails at once.

    An answer that has begun is not begun again, because its reader has seen a part of it.
    """

    def __init__(self, chats: Sequence[ChatModel]) -> None:
        self._servers = [_Server(each) for each in chats]

    async def chat(self, request: ChatRequest) -> AsyncGenerator[str | ChatEnd]:
        waiting = self._in_order()
        while waiting:
            server = waiting.pop(0)
            has_begun = False
            try:
                async with aclosing(_written(server, request)) as pieces:
                    async for piece in pieces:
                        has_begun = True
                        yield piece
            except ChatUnavailable as error:
                server.failed(error)
                if has_begun or not waiting:
                    raise
            else:
                return

    async def card(self, model: str) -> ChatCard:
        return await self._first(lambda chat: chat.card(model))

    async def is_loaded(self, model: str) -> bool:
        return await self._first(lambda chat: chat.is_loaded(model))

    async def _first(self, ask: Callable[[ChatModel], Awaitable[_Found]]) -> _Found:
        """Return the answer of the first server that has one; raises the last error."""
        *others, last = self._in_order()
        for server in others:
            try:
                return await ask(server.chat)
            except ChatUnavailable as error:
                server.failed(error)
        return await ask(last.chat)

    def _in_order(self) -> list[_Server]:
        """Return the servers, first those that work, of these the one with the least to write.

        Processes know only their own answers, so equal ones are in random order.
        """
        now = time.monotonic()
        mixed = random.sample(self._servers, len(self._servers))
        return sorted(mixed, key=lambda each: (not each.breaker.allows(now), each.running))


async def _written(server: _Server, request: ChatRequest) -> AsyncGenerator[str | ChatEnd]:
    server.running += 1
    try:
        async with aclosing(server.chat.chat(request)) as pieces:
            async for piece in pieces:
                yield piece
    finally:
        server.running -= 1
    server.breaker.record_success()

"""Answers on several chat servers: shared out, and never lost with one server."""

import asyncio
import random
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field

import pytest

from shared.domain.answers.chat import ChatCard, ChatEnd, ChatRequest, EndReason
from shared.domain.model_errors import ChatUnavailable
from shared.domain.reasons import ChatFailure
from shared.services.answers.chat_servers import ChatServers

pytestmark = pytest.mark.anyio

REQUEST = ChatRequest("m", (), 100, 10)
END = ChatEnd(EndReason.STOP, 1, 1)
DOWN = ChatUnavailable(ChatFailure.UNREACHABLE)


@dataclass
class FakeChat:
    """Writes one piece with its name. It fails at once, or after the piece."""

    name: str
    fault: ChatUnavailable | None = None
    breaks_off: bool = False
    asked: int = 0
    writing: asyncio.Event = field(default_factory=asyncio.Event)

    async def chat(self, request: ChatRequest) -> AsyncGenerator[str | ChatEnd]:  # noqa: ARG002
        self.asked += 1
        if self.fault:
            raise self.fault
        yield self.name
        await self.writing.wait()
        if self.breaks_off:
            raise ChatUnavailable(ChatFailure.INTERRUPTED)
        yield END

    async def card(self, model: str) -> ChatCard:
        if self.fault:
            raise self.fault
        return ChatCard(model, self.name)

    async def is_loaded(self, model: str) -> bool:  # noqa: ARG002
        if self.fault:
            raise self.fault
        return True


@pytest.fixture(autouse=True)
def _in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    """Servers that are equal are asked in their order."""
    monkeypatch.setattr(random, "sample", lambda servers, _: list(servers))


def quick(name: str, fault: ChatUnavailable | None = None) -> FakeChat:
    chat = FakeChat(name, fault)
    chat.writing.set()
    return chat


async def answer(servers: ChatServers) -> list[str | ChatEnd]:
    return [piece async for piece in servers.chat(REQUEST)]


async def test_the_server_with_the_least_to_write_answers() -> None:
    busy, free = FakeChat("busy"), quick("free")
    servers = ChatServers([busy, free])
    running = servers.chat(REQUEST)
    assert await anext(running) == "busy"
    assert await answer(servers) == ["free", END]
    busy.writing.set()
    assert [piece async for piece in running] == [END]
    assert await answer(servers) == ["busy", END]


async def test_another_server_answers_if_one_is_dead() -> None:
    dead, living = quick("dead", DOWN), quick("living")
    servers = ChatServers([dead, living])
    for _ in range(3):
        assert await answer(servers) == ["living", END]
        assert (await servers.card("m")).digest == "living"
        assert await servers.is_loaded("m")
    assert dead.asked == 1


async def test_an_answer_that_has_begun_is_not_begun_again() -> None:
    servers = ChatServers([breaking := quick("breaking"), other := quick("other")])
    breaking.breaks_off = True
    with pytest.raises(ChatUnavailable):
        await answer(servers)
    assert other.asked == 0


async def test_the_error_is_told_if_all_are_dead() -> None:
    servers = ChatServers([quick("one", DOWN), quick("two", DOWN)])
    with pytest.raises(ChatUnavailable):
        await answer(servers)
    with pytest.raises(ChatUnavailable):
        await servers.card("m")


async def test_a_reader_who_leaves_frees_the_server() -> None:
    first, second = FakeChat("first"), quick("second")
    servers = ChatServers([first, second])
    running = servers.chat(REQUEST)
    await anext(running)
    await running.aclose()
    first.writing.set()
    assert await answer(servers) == ["first", END]

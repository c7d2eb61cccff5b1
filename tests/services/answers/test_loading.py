"""The chat model is loaded at the start, and it is said if there is no room for both models."""

from collections.abc import AsyncGenerator

import pytest
from structlog.testing import capture_logs

from shared.domain.answers.chat import ChatCard, ChatEnd, ChatRequest, EndReason
from shared.domain.answers.composition import PromptLimits
from shared.domain.embedding.vectors import Vector
from shared.domain.model_errors import ChatUnavailable
from shared.domain.reasons import ChatFailure
from shared.services.answers.loading import ChatLoading
from tests.support.query_fakes import EmbedsQueries

pytestmark = pytest.mark.anyio

LIMITS = PromptLimits(8192, 512, 2048, 3, summarizes=True)


class Server(EmbedsQueries):
    """A model server with room for some models. The last used ones stay."""

    def __init__(self, room: int) -> None:
        self.loaded: list[str] = []
        self.asked: list[ChatRequest] = []
        self._room = room

    async def card(self, model: str) -> ChatCard:
        return ChatCard(model, "d", 4096)

    async def chat(self, request: ChatRequest) -> AsyncGenerator[str | ChatEnd]:
        self.asked.append(request)
        self._use(request.model)
        yield ChatEnd(EndReason.STOP, 0, 0)

    async def is_loaded(self, model: str) -> bool:
        return model in self.loaded

    async def embed_query(self, model: str, _: str, dimensions: int | None = None) -> Vector:  # noqa: ARG002
        self._use(model)
        return [1.0]

    async def digest(self, model: str) -> str:
        return model

    def _use(self, model: str) -> None:
        self.loaded = [*(each for each in self.loaded if each != model), model][-self._room :]


async def logged(server: Server, embedding_model: str | None) -> list[str]:
    with capture_logs() as logs:
        await ChatLoading(server, "chat", LIMITS, server).run(embedding_model)
    return [each["event"] for each in logs]


async def test_both_models_stay_loaded() -> None:
    server = Server(room=2)
    assert await logged(server, "embedder") == []
    (asked,) = server.asked
    assert (asked.messages, asked.context_tokens) == ((), 4096)
    assert server.loaded == ["chat", "embedder"]


async def test_a_server_without_room_for_both_is_named() -> None:
    assert await logged(Server(room=1), "embedder") == ["chat.models_take_turns"]


async def test_a_server_of_its_own_needs_no_check() -> None:
    server = Server(room=1)
    assert await logged(server, None) == []
    assert server.loaded == ["chat"]


async def test_a_model_that_cannot_be_loaded_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    async def card(_: str) -> ChatCard:
        raise ChatUnavailable(ChatFailure.UNREACHABLE)

    server = Server(room=1)
    monkeypatch.setattr(server, "card", card)
    assert await logged(server, "embedder") == ["chat.not_loaded"]

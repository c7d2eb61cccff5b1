"""The chat model, as the API sees it, and the cache of its answers."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from typing import Protocol

from shared.domain.answers.chat import ChatCard, ChatEnd, ChatRequest


class ChatModel(Protocol):
    """A client of a chat model's server."""

    def chat(self, request: ChatRequest) -> AsyncGenerator[str | ChatEnd]:
        """Yield the pieces of the answer, and last its end. Closing it stops the model at once.

        Without messages the model is only loaded.

        Raises PromptTooLong before the first piece, and ChatUnavailable at any time.
        """

    async def card(self, model: str) -> ChatCard:
        """Return the model's description; raises ChatUnavailable."""

    async def is_loaded(self, model: str) -> bool:
        """Return whether the server has the model in memory; raises ChatUnavailable."""


@dataclass(frozen=True, slots=True)
class CachedAnswer:
    """What a model wrote, with its numbers of sources, and the tokens that it took."""

    question: str
    written: str
    end: ChatEnd
    model: str


class AnswerCache(Protocol):
    """A cache of answers, shared by processes. Nothing is lost if it is empty."""

    async def get(self, key: bytes) -> CachedAnswer | None:
        """Return the answer of a hash, or None if it is not found at once; never raises."""

    async def put(self, key: bytes, answer: CachedAnswer) -> None:
        """Keep an answer for a while if possible; never raises."""

    async def get_texts(self, key: bytes) -> Sequence[str]:
        """Return the texts that are kept under a hash; never raises."""

    async def put_texts(self, key: bytes, texts: Sequence[str]) -> None:
        """Keep texts for a while if possible; never raises."""

"""A client's question and the conversation before it."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from shared.domain.search.scope import Scope

SOURCES = 6
SOURCES_MAX = 20


class Role(StrEnum):
    """Who wrote a message."""

    SYSTEM = "system"
    USER = "user"
    ASSISTANT = "assistant"


@dataclass(frozen=True, slots=True)
class Message:
    """A message of a conversation."""

    role: Role
    content: str


@dataclass(frozen=True, slots=True)
class Question:
    """A validated question. None stands for the configured value."""

    text: str
    scope: Scope
    history: Sequence[Message] = ()
    max_tokens: int | None = None
    model: str | None = None
    sources: int = SOURCES
    is_cached: bool = True

    def texts(self) -> list[str]:
        """Return all that the client wrote."""
        return [self.text, *(message.content for message in self.history)]

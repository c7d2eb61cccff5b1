"""What a chat model is asked, and what it answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from shared.domain.answers.question import Message


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """A conversation to continue by at most `max_tokens`. Both must fit `context_tokens`."""

    model: str
    messages: Sequence[Message]
    context_tokens: int
    max_tokens: int


@dataclass(frozen=True, slots=True)
class ChatCard:
    """A chat model as its server describes it. `context_tokens` is None if unknown."""

    name: str
    digest: str
    context_tokens: int | None = None


class EndReason(StrEnum):
    """Why a model stopped writing."""

    STOP = "stop"
    LENGTH = "length"


@dataclass(frozen=True, slots=True)
class ChatEnd:
    """The end of a model's answer: the tokens, and the seconds of each step on the server."""

    reason: EndReason
    prompt_tokens: int
    answer_tokens: int
    load_seconds: float = 0.0
    prefill_seconds: float = 0.0
    decode_seconds: float = 0.0
    total_seconds: float = 0.0

    @property
    def queue_seconds(self) -> float:
        """The time that the request waited on the server, which no field of Ollama has."""
        busy = self.load_seconds + self.prefill_seconds + self.decode_seconds
        return max(0.0, self.total_seconds - busy)

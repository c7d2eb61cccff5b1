"""Chat completions in OpenAI's shape, so that existing clients can ask questions.

Source: https://platform.openai.com/docs/api-reference/chat/create
"""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from api.schemas.answers import CitationOut, SourceOut, UsageOut
from api.schemas.ask import (
    ANSWER_TOKENS,
    HISTORY_CHARACTERS,
    HISTORY_MAX,
    QUESTION_CHARACTERS,
    AskBody,
    MessageIn,
)
from api.schemas.fields import Identifier
from shared.domain.answers.events import Finish
from shared.domain.answers.question import SOURCES, SOURCES_MAX
from shared.domain.errors import FieldError, InvalidInput

MODEL_ID = "inkdex"
"""The model's name that stands for CHAT_MODEL."""
FINISH_REASONS = {Finish.LENGTH: "length"}
"""All others are `stop`, because clients know no further reasons."""


class ContentPart(BaseModel):
    """A part of a message. Only text is read."""

    type: Literal["text"]
    text: str


class ChatMessageIn(BaseModel):
    """A message. Further fields are ignored, because clients send many."""

    role: Literal["system", "developer", "user", "assistant"]
    content: str | list[ContentPart]

    @property
    def text(self) -> str:
        if isinstance(self.content, str):
            return self.content
        return "\n".join(part.text for part in self.content)


class StreamOptions(BaseModel):
    """What a stream has besides the pieces of the answer."""

    include_usage: bool = False


class CompletionBody(BaseModel):
    """A conversation whose last message is the question.

    `collection`, `filter`, `sources` and `cache` are those of POST /v1/ask. System messages and
    settings of the sampling are ignored, and so are the oldest messages of a long conversation.
    """

    model_config = ConfigDict(extra="ignore")

    messages: Annotated[list[ChatMessageIn], Field(min_length=1)]
    model: Annotated[str, Field(max_length=200)] = MODEL_ID
    stream: bool = False
    stream_options: StreamOptions | None = None
    max_tokens: Annotated[int | None, Field(ge=1)] = None
    max_completion_tokens: Annotated[int | None, Field(ge=1)] = None
    n: Annotated[int, Field(ge=1, le=1)] = 1
    collection: Identifier | None = None
    filter: dict[str, Any] | None = None
    sources: Annotated[int, Field(ge=1, le=SOURCES_MAX)] = SOURCES
    cache: Literal["on", "off"] = "on"

    def question(self) -> AskBody:
        """Return the question, as POST /v1/ask takes it; raises InvalidInput."""
        *earlier, last = self.messages
        if last.role != "user":
            raise InvalidInput(FieldError(("messages",), "the last message must be the user's"))
        if len(last.text) > QUESTION_CHARACTERS or not last.text:
            problem = f"the last message must have 1 to {QUESTION_CHARACTERS:,} characters"
            raise InvalidInput(FieldError(("messages",), problem))
        tokens = self.max_completion_tokens or self.max_tokens
        return AskBody(
            question=last.text,
            collection=self.collection,
            filter=self.filter,
            history=_last_turns(earlier),
            max_tokens=min(tokens, ANSWER_TOKENS) if tokens else None,
            model=None if self.model in {"", MODEL_ID} else self.model,
            sources=self.sources,
            cache=self.cache,
        )

    @property
    def includes_usage(self) -> bool:
        return self.stream_options is not None and self.stream_options.include_usage


def _last_turns(messages: Sequence[ChatMessageIn]) -> list[MessageIn]:
    """Return the last messages that POST /v1/ask has room for."""
    room, turns = HISTORY_CHARACTERS, list[MessageIn]()
    for each in reversed(messages):
        if each.role not in {"user", "assistant"}:
            continue
        room -= len(each.text)
        if room < 0 or len(turns) == HISTORY_MAX:
            break
        turns.append(
            MessageIn(role="user" if each.role == "user" else "assistant", content=each.text)
        )
    return turns[::-1]


class CompletionMessage(BaseModel):
    """The answer."""

    role: Literal["assistant"] = "assistant"
    content: str


class Choice(BaseModel):
    """The only choice."""

    index: int = 0
    message: CompletionMessage
    finish_reason: str
    logprobs: None = None


class Completion(BaseModel):
    """A whole answer. `sources` and `citations` are additions."""

    id: str
    object: Literal["chat.completion"] = "chat.completion"
    created: int
    model: str
    choices: list[Choice]
    usage: UsageOut
    sources: list[SourceOut]
    citations: list[CitationOut]


class PieceOfMessage(BaseModel):
    """What a chunk adds to the answer."""

    role: Literal["assistant"] | None = None
    content: str | None = None


class ChunkChoice(BaseModel):
    """The only choice of a chunk."""

    index: int = 0
    delta: PieceOfMessage
    finish_reason: str | None = None
    logprobs: None = None


class Chunk(BaseModel):
    """A piece of a streamed answer. `sources` come with the first, `citations` with the last."""

    id: str
    object: Literal["chat.completion.chunk"] = "chat.completion.chunk"
    created: int
    model: str
    choices: list[ChunkChoice]
    usage: UsageOut | None = None
    sources: list[SourceOut] | None = None
    citations: list[CitationOut] | None = None


class ModelOut(BaseModel):
    """A model that can be named."""

    id: str
    object: Literal["model"] = "model"
    created: int = 0
    owned_by: str = "inkdex"


class ModelsOut(BaseModel):
    """The models that can be named."""

    object: Literal["list"] = "list"
    data: list[ModelOut]

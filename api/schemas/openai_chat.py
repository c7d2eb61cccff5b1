"""Chat completions in OpenAI's shape, so that existing clients can ask questions.

Source: https://platform.openai.com/docs/api-reference/chat/create
"""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from api.schemas.answers import AnswerTokensOut
from api.schemas.ask import (
    ANSWER_TOKENS,
    HISTORY_CHARACTERS,
    HISTORY_MAX,
    QUESTION_CHARACTERS,
    AskBody,
    MessageIn,
)
from api.schemas.citations import CitationOut, SourceOut
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

    type: Literal["text"] = Field(description="What the part is; only text is read.")
    text: str = Field(description="The text.", examples=["How long does ink take to dry?"])


class ChatMessageIn(BaseModel):
    """A message. Further fields are ignored, because clients send many."""

    role: Literal["system", "developer", "user", "assistant"] = Field(
        description="Who wrote the message; those of `system` and `developer` are ignored."
    )
    content: str | list[ContentPart] = Field(
        description="The text of the message, or its parts.",
        examples=["How long does ink take to dry?"],
    )

    @property
    def text(self) -> str:
        if isinstance(self.content, str):
            return self.content
        return "\n".join(part.text for part in self.content)


class StreamOptions(BaseModel):
    """What a stream has besides the pieces of the answer."""

    include_usage: bool = Field(
        default=False, description="Whether the stream ends with the usage."
    )


class CompletionBody(BaseModel):
    """A conversation whose last message is the question.

    `collection`, `filter`, `sources` and `cache` are those of POST /v1/ask. System messages and
    settings of the sampling are ignored, and so are the oldest messages of a long conversation.
    """

    model_config = ConfigDict(extra="ignore")

    messages: Annotated[
        list[ChatMessageIn],
        Field(min_length=1, description="The conversation; the last message is the question."),
    ]
    model: Annotated[
        str,
        Field(
            max_length=200,
            description="A chat model; `inkdex` stands for CHAT_MODEL.",
            examples=["inkdex"],
        ),
    ] = MODEL_ID
    stream: bool = Field(default=False, description="Whether to send the answer in pieces.")
    stream_options: StreamOptions | None = Field(
        default=None, description="What a stream has besides the pieces of the answer."
    )
    max_tokens: Annotated[
        int | None, Field(ge=1, description="The most tokens of the answer.", examples=[256])
    ] = None
    max_completion_tokens: Annotated[
        int | None,
        Field(ge=1, description="The same as `max_tokens`, and comes before it.", examples=[256]),
    ] = None
    n: Annotated[
        int, Field(ge=1, le=1, description="The number of answers, which is always 1.")
    ] = 1
    collection: Identifier | None = Field(
        default=None,
        description="The collection; `default` if omitted, all that the key allows if `*`.",
        examples=["default"],
    )
    filter: dict[str, Any] | None = Field(
        default=None,
        description="Only documents whose metadata match, as in a search.",
        examples=[{"lang": "en"}],
    )
    sources: Annotated[
        int, Field(ge=1, le=SOURCES_MAX, description="The most passages to answer from.")
    ] = SOURCES
    cache: Literal["on", "off"] = Field(
        default="on", description="`off`: write a new answer, and do not keep it."
    )

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

    role: Literal["assistant"] = Field(default="assistant", description="Who wrote the message.")
    content: str = Field(
        description="The text of the answer; `[n]` names a source.",
        examples=["Ink dries in seconds. [1]"],
    )


class Choice(BaseModel):
    """The only choice."""

    index: int = Field(default=0, description="The number of the choice, which is always 0.")
    message: CompletionMessage = Field(description="The answer.")
    finish_reason: str = Field(
        description="Whether the answer ended by itself (`stop`) or at its limit (`length`).",
        examples=["stop"],
    )
    logprobs: None = Field(default=None, description="Always null.")


class Completion(BaseModel):
    """A whole answer. `sources` and `citations` are additions."""

    id: str = Field(description="The id of the answer.", examples=["chatcmpl-1f0c"])
    object: Literal["chat.completion"] = Field(
        default="chat.completion", description="What this is."
    )
    created: int = Field(
        description="When the answer was made, in seconds since 1970.", examples=[1795833600]
    )
    model: str = Field(description="The model that was asked for.", examples=["inkdex"])
    choices: list[Choice] = Field(description="The answer, as the only choice.")
    usage: AnswerTokensOut = Field(description="The tokens of prompt and answer.")
    sources: list[SourceOut] = Field(description="The passages that the answer was written from.")
    citations: list[CitationOut] = Field(description="What parts of the answer refer to.")


class PieceOfMessage(BaseModel):
    """What a chunk adds to the answer."""

    role: Literal["assistant"] | None = Field(
        default=None, description="Who writes the message; only in the first piece."
    )
    content: str | None = Field(
        default=None, description="The next characters of the answer.", examples=["Ink dries "]
    )


class ChunkChoice(BaseModel):
    """The only choice of a chunk."""

    index: int = Field(default=0, description="The number of the choice, which is always 0.")
    delta: PieceOfMessage = Field(description="What is added.")
    finish_reason: str | None = Field(
        default=None, description="Why the answer ended; null before.", examples=[None]
    )
    logprobs: None = Field(default=None, description="Always null.")


class Chunk(BaseModel):
    """A piece of a streamed answer. `sources` come with the first, `citations` with the last."""

    id: str = Field(description="The id of the answer.", examples=["chatcmpl-1f0c"])
    object: Literal["chat.completion.chunk"] = Field(
        default="chat.completion.chunk", description="What this is."
    )
    created: int = Field(
        description="When the answer was made, in seconds since 1970.", examples=[1795833600]
    )
    model: str = Field(description="The model that was asked for.", examples=["inkdex"])
    choices: list[ChunkChoice] = Field(description="The piece, as the only choice.")
    usage: AnswerTokensOut | None = Field(
        default=None, description="The tokens; only at the end, if they were asked for."
    )
    sources: list[SourceOut] | None = Field(
        default=None,
        description="The passages that the answer is written from; only in the first chunk.",
    )
    citations: list[CitationOut] | None = Field(
        default=None, description="What parts of the answer refer to; only in the last chunk."
    )


class ChatModelOut(BaseModel):
    """A model that can be named."""

    id: str = Field(description="The name of the model.", examples=["inkdex"])
    object: Literal["model"] = Field(default="model", description="What this is.")
    created: int = Field(default=0, description="Always 0.")
    owned_by: str = Field(default="inkdex", description="Always `inkdex`.")


class ChatModelsOut(BaseModel):
    """The models that can be named."""

    object: Literal["list"] = Field(default="list", description="What this is.")
    data: list[ChatModelOut] = Field(description="The models.")

"""Questions on the wire."""

from typing import Annotated, Any, Literal

from pydantic import Field

from api.schemas.fields import Identifier, Request
from api.schemas.filters import json_of
from shared.domain.access.principal import Action, Principal
from shared.domain.answers.question import SOURCES, SOURCES_MAX, Message, Question, Role
from shared.domain.documents.filters import parse_filter
from shared.domain.documents.validation import check_text
from shared.domain.errors import FieldError, InvalidInput

QUESTION_CHARACTERS = 4000
HISTORY_MAX = 50
HISTORY_CHARACTERS = 100_000
ANSWER_TOKENS = 4096


class MessageIn(Request):
    """An earlier message of the conversation."""

    role: Literal["user", "assistant"] = Field(description="Who wrote the message.")
    content: Annotated[
        str,
        Field(
            max_length=HISTORY_CHARACTERS,
            description="The text of the message.",
            examples=["What is ink made of?"],
        ),
    ]


class AskBody(Request):
    """A question about the documents of a collection."""

    question: Annotated[
        str,
        Field(
            min_length=1,
            max_length=QUESTION_CHARACTERS,
            examples=["How long does ink take to dry?"],
            description="The question: not blank, without NUL.",
        ),
    ]
    collection: Identifier | None = Field(
        default=None,
        description="The collection; `default` if omitted, all that the key allows if `*`.",
        examples=["default"],
    )
    filter: Annotated[
        dict[str, Any] | str | None,
        Field(description="Only documents whose metadata match, as in a search."),
    ] = None
    history: Annotated[
        list[MessageIn],
        Field(
            default_factory=list,
            max_length=HISTORY_MAX,
            description="The conversation so far, the oldest first.",
        ),
    ]
    stream: Annotated[
        bool, Field(description="Send server-sent events; false: one JSON at the end.")
    ] = True
    max_tokens: Annotated[
        int | None, Field(ge=1, le=ANSWER_TOKENS, description="The most tokens of the answer.")
    ] = None
    model: Annotated[
        str | None,
        Field(min_length=1, max_length=200, description="A chat model; CHAT_MODEL if omitted."),
    ] = None
    sources: Annotated[
        int, Field(ge=1, le=SOURCES_MAX, description="The most passages to answer from.")
    ] = SOURCES
    cache: Annotated[
        Literal["on", "off"], Field(description="`off`: write a new answer, and do not keep it.")
    ] = "on"

    def asked(self, collection: str, caller: Principal) -> Question:
        """Return the question about a collection; raises InvalidInput and Forbidden."""
        check_text(self.question, "question")
        if not self.question.strip():
            raise InvalidInput(FieldError(("question",), "must not be blank"))
        return Question(
            self.question,
            caller.scope(Action.ASK, collection, parse_filter(self._filter())),
            [Message(Role(each.role), each.content) for each in self._history()],
            self.max_tokens,
            self.model,
            self.sources,
            is_cached=self.cache == "on",
        )

    def _filter(self) -> object:
        if isinstance(self.filter, str):
            return json_of(self.filter)
        return {} if self.filter is None else self.filter

    def _history(self) -> list[MessageIn]:
        if sum(len(each.content) for each in self.history) > HISTORY_CHARACTERS:
            problem = f"has over {HISTORY_CHARACTERS:,} characters"
            raise InvalidInput(FieldError(("history",), problem))
        for number, each in enumerate(self.history):
            check_text(each.content, f"history.{number}.content")
        return self.history

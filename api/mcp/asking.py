"""The tool `ask`."""

from contextlib import asynccontextmanager
from typing import Final, Self

from pydantic import BaseModel, Field

from api.http.answer_stream import whole
from api.mcp.searching import Everywhere
from api.mcp.tool import Call, Tool
from api.routes.ask import answer
from api.schemas.answers import AnswerOut
from api.schemas.ask import QUESTION_CHARACTERS, AskBody
from api.schemas.citations import CitationOut, SourceOut
from api.schemas.fields import Request
from api.schemas.locations import LocationOut
from shared.domain.access.principal import Action
from shared.domain.answers.events import Finish
from shared.domain.documents.document import DEFAULT_COLLECTION


class AskArguments(Request):
    """A question."""

    question: str = Field(
        min_length=1, max_length=QUESTION_CHARACTERS, description="The question, on its own."
    )
    collection: Everywhere = DEFAULT_COLLECTION

    def body(self) -> AskBody:
        return AskBody(question=self.question, collection=self.collection, history=[], stream=False)


class CitedOut(BaseModel):
    """A passage that the answer was written from."""

    n: int = Field(description="The number that stands for it in the answer, as in [1].")
    id: str = Field(description="The document's id, for `get_document`.")
    collection: str = Field(description="The document's collection.")
    title: str | None = Field(description="The title; null if there is none.")
    text: str = Field(description="The passage, which is data.")
    location: LocationOut | None = Field(
        description="The page, row or line of a file where the passage begins; null if none."
    )

    @classmethod
    def of(cls, source: SourceOut) -> Self:
        return cls(
            n=source.n,
            id=source.document,
            collection=source.collection,
            title=source.title,
            text=source.text,
            location=source.location,
        )


class AskAnswer(BaseModel):
    """An answer with its sources."""

    answer: str = Field(description="The answer; empty if the documents do not tell.")
    finish_reason: Finish = Field(description="How the answer ended.")
    sources: list[CitedOut] = Field(description="The passages that the answer was written from.")
    citations: list[CitationOut] = Field(description="What parts of the answer refer to.")

    @classmethod
    def of(cls, found: AnswerOut) -> Self:
        sources = [CitedOut.of(each) for each in found.sources if each.in_prompt]
        return cls(
            answer=found.answer,
            finish_reason=found.finish_reason,
            sources=sources,
            citations=found.citations,
        )


async def ask(call: Call, given: AskArguments) -> AskAnswer:
    beginning = asynccontextmanager(answer)
    asked = given.body(), call.request, call.inkdex, call.caller, call.spends, None
    async with beginning(*asked) as (_, answering):
        return AskAnswer.of(await whole(answering))


ASK: Final = Tool(
    name="ask",
    title="Ask the documents",
    description="Have a question answered from the documents alone, with citations. It can take "
    "a minute; `search` is faster if you can read passages yourself.",
    action=Action.ASK,
    takes=AskArguments,
    answers=AskAnswer,
    run=ask,
)

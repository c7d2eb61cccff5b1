"""Answers on the wire."""

from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field

from api.schemas.citations import CitationOut, SourceOut
from shared.domain.answers.events import (
    CacheUse,
    Degraded,
    DegradedReason,
    Done,
    Finish,
    SourcesFound,
)
from shared.domain.answers.refusal import Refusal
from shared.domain.answers.sources import Passage


class AnswerDegradedOut(BaseModel):
    """What was missing, and what was served instead."""

    model_config = ConfigDict(from_attributes=True)

    reason: DegradedReason = Field(description="What was missing.")
    served: str = Field(description="What was served instead.", examples=["text"])
    detail: str | None = Field(
        description="What to do about it; null if nothing is known.", examples=[None]
    )


class NearestDocumentOut(BaseModel):
    """A document that is near to the question, but not near enough."""

    document: str = Field(description="The id of the document.", examples=["readme"])
    collection: str = Field(description="The collection of the document.", examples=["default"])
    title: str | None = Field(
        description="The title of the document; null if it has none.", examples=["About ink"]
    )


class RefusalOut(BaseModel):
    """Why nothing was answered."""

    looked_for: list[str] = Field(
        description="The words of the question that were looked for.", examples=[["ink", "dry"]]
    )
    nearest: list[NearestDocumentOut] = Field(
        description="The documents that are nearest to the question."
    )

    @classmethod
    def of(cls, refusal: Refusal) -> Self:
        return cls(
            looked_for=list(refusal.looked_for),
            nearest=[
                NearestDocumentOut(document=ref.id, collection=ref.collection.name, title=title)
                for ref, title in refusal.nearest
            ],
        )


class AnswerTokensOut(BaseModel):
    """Tokens, as the chat model counts them."""

    prompt_tokens: int = Field(description="The tokens of the prompt.", examples=[420])
    completion_tokens: int = Field(description="The tokens of the answer.", examples=[24])
    total_tokens: int = Field(description="The tokens of prompt and answer.", examples=[444])


class LeftOutOut(BaseModel):
    """A passage that was found, but did not fit the prompt."""

    document: str = Field(description="The id of the document.", examples=["changelog"])
    collection: str = Field(description="The collection of the document.", examples=["default"])
    title: str | None = Field(
        description="The title of the document; null if it has none.", examples=["Changes"]
    )
    start: int = Field(
        description="The start of the passage in the content, in characters from 0.", examples=[0]
    )
    end: int = Field(description="The end of the passage, exclusive.", examples=[320])
    reason: str = Field(default="no_room", description="Why it was left out.")

    @classmethod
    def of(cls, passage: Passage) -> Self:
        document = passage.document
        return cls(
            document=document.ref.id,
            collection=document.ref.collection.name,
            title=document.title,
            start=passage.start,
            end=passage.end,
        )


class CitationCountsOut(BaseModel):
    """The citations of the answer. `removed` are numbers that named no source."""

    model_config = ConfigDict(from_attributes=True)

    references: int = Field(description="How often the answer names a source.", examples=[1])
    removed: int = Field(
        description="How many numbers named no source and were removed.", examples=[0]
    )
    quotations: int = Field(description="How often the answer quotes words.", examples=[0])
    unverified: int = Field(description="How many quotations are in no source.", examples=[0])


class AnswerTimingsOut(BaseModel):
    """Durations in milliseconds; null for what did not happen.

    `queue` is the wait for a slot, and on the model's server. `first_token` and `total` are
    measured from the request.
    """

    retrieve: float | None = Field(
        default=None, description="The search for passages.", examples=[12.5]
    )
    rerank: float | None = Field(
        default=None, description="The reranking of the passages.", examples=[None]
    )
    queue: float | None = Field(
        default=None, description="The wait for a slot, and on the model's server.", examples=[1.2]
    )
    load: float | None = Field(
        default=None, description="The loading of the chat model.", examples=[None]
    )
    prefill: float | None = Field(
        default=None, description="The reading of the prompt by the model.", examples=[180.0]
    )
    first_token: float | None = Field(
        default=None, description="The time from the request to the first token.", examples=[210.4]
    )
    decode: float | None = Field(
        default=None, description="The writing of the answer.", examples=[900.0]
    )
    total: float | None = Field(
        default=None, description="The time from the request to the end.", examples=[1110.4]
    )


class DoneOut(BaseModel):
    """The end of an answer."""

    finish_reason: Finish = Field(description="How the answer ended.")
    cache: CacheUse = Field(description="Where the answer came from.")
    cached_question: str | None = Field(
        description="The question whose answer was used, if it was worded differently; else null.",
        examples=[None],
    )
    model: str | None = Field(
        description="The chat model; null if none was asked.", examples=["qwen3"]
    )
    refusal: RefusalOut | None = Field(
        description="Why nothing was answered; null if something was.", examples=[None]
    )
    usage: AnswerTokensOut | None = Field(description="The tokens; null if no model was asked.")
    tokens_per_second: float | None = Field(
        description="The speed of the writing; null if it is unknown.", examples=[26.7]
    )
    left_out: list[LeftOutOut] = Field(
        description="The passages that were found, but did not fit the prompt.", examples=[[]]
    )
    history_left_out: int = Field(
        description="How many of the oldest messages did not fit the prompt.", examples=[0]
    )
    citation_counts: CitationCountsOut = Field(description="The citations of the answer, counted.")
    degraded: AnswerDegradedOut | None = Field(
        description="What was missing; null if nothing was.", examples=[None]
    )
    timings_ms: AnswerTimingsOut = Field(description="How long each step took, in milliseconds.")

    @classmethod
    def fields_of(cls, done: Done) -> dict[str, Any]:
        """Return the fields."""
        return {
            "finish_reason": done.finish,
            "cache": done.cache,
            "cached_question": done.cached_question,
            "model": done.model,
            "refusal": RefusalOut.of(done.refusal) if done.refusal else None,
            "usage": usage_of(done),
            "tokens_per_second": _rate(done),
            "left_out": [LeftOutOut.of(each) for each in done.left_out],
            "history_left_out": done.history_left_out,
            "citation_counts": CitationCountsOut.model_validate(done.citations),
            "degraded": degraded_of(done.degraded),
            "timings_ms": AnswerTimingsOut(
                **{step: round(seconds * 1000, 1) for step, seconds in done.seconds.items()}
            ),
        }


class AnswerOut(DoneOut):
    """A whole answer, without streaming."""

    answer: str = Field(
        description="The text of the answer; `[n]` names a source.",
        examples=["Ink dries in seconds. [1]"],
    )
    sources: list[SourceOut] = Field(description="The passages that the answer was written from.")
    citations: list[CitationOut] = Field(description="What parts of the answer refer to.")


def degraded_of(degraded: Degraded | None) -> AnswerDegradedOut | None:
    return AnswerDegradedOut.model_validate(degraded) if degraded else None


def usage_of(done: Done) -> AnswerTokensOut | None:
    """Return the tokens; None if no model was asked."""
    if done.end is None:
        return None
    prompt, answer = done.end.prompt_tokens, done.end.answer_tokens
    return AnswerTokensOut(
        prompt_tokens=prompt, completion_tokens=answer, total_tokens=prompt + answer
    )


def _rate(done: Done) -> float | None:
    end = done.end
    return round(end.answer_tokens / end.decode_seconds, 1) if end and end.decode_seconds else None


class SourcesOut(BaseModel):
    """The first event: the sources, and what was missing."""

    sources: list[SourceOut] = Field(description="The passages that the answer is written from.")
    degraded: AnswerDegradedOut | None = Field(
        description="What was missing; null if nothing was.", examples=[None]
    )

    @classmethod
    def of(cls, found: SourcesFound) -> Self:
        sources = [SourceOut.of(each) for each in found.sources]
        return cls(sources=sources, degraded=degraded_of(found.degraded))


class QueuedOut(BaseModel):
    """The place in the queue of the chat model, from 1; the wait is null if unknown."""

    place: int = Field(description="The place in the queue, from 1.", examples=[2])
    wait_seconds: float | None = Field(
        description="The probable wait in seconds; null if unknown.", examples=[4.5]
    )


class DeltaOut(BaseModel):
    """The next piece of the answer."""

    text: str = Field(description="The next characters of the answer.", examples=["Ink dries "])


class AskStatusOut(BaseModel):
    """The chat model, and how many of the tenant's questions have a slot or wait for one."""

    model_config = ConfigDict(from_attributes=True)

    model: str | None = Field(
        description="The name of the chat model; null if there is none.", examples=["qwen3"]
    )
    available: bool = Field(description="Whether the chat model answers.", examples=[True])
    detail: Annotated[
        str | None,
        Field(
            description="Why it is not available, and what to do; null if it is.", examples=[None]
        ),
    ]
    slots: int = Field(description="How many answers are written at a time.", examples=[1])
    running: int = Field(description="How many questions of the tenant have a slot.", examples=[0])
    waiting: int = Field(
        description="How many questions of the tenant wait for a slot.", examples=[0]
    )

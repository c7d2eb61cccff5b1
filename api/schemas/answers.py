"""Answers on the wire."""

from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field

from api.schemas.locations import LocationOut
from shared.domain.answers.events import (
    CacheUse,
    Citation,
    CitationKind,
    Degraded,
    DegradedReason,
    Done,
    Finish,
    SourcesFound,
)
from shared.domain.answers.refusal import Refusal
from shared.domain.answers.sources import Passage, Source
from shared.domain.search.relevance import Relevance


class SourceOut(BaseModel):
    """A passage of a document. `[n]` in the answer names it."""

    n: int
    document: str
    collection: str
    title: str | None
    version: int
    start: Annotated[int, Field(description="In characters (Unicode code points) from 0.")]
    end: int
    text: Annotated[str, Field(description="The passage as it is stored.")]
    headings: list[str]
    similarity: float | None
    relevance: Relevance | None
    location: Annotated[
        LocationOut | None,
        Field(description="Where the passage begins in the file that the document was read from."),
    ]
    in_prompt: Annotated[
        bool, Field(description="False: the model did not see it for lack of room.")
    ]

    @classmethod
    def of(cls, source: Source) -> Self:
        passage = source.passage
        document = passage.document
        similarity = passage.similarity
        return cls(
            n=source.number,
            document=document.ref.id,
            collection=document.ref.collection.name,
            title=document.title,
            version=document.version,
            start=passage.start,
            end=passage.end,
            text=passage.text,
            headings=list(passage.headings),
            similarity=None if similarity is None else round(similarity, 4),
            relevance=passage.relevance,
            location=LocationOut.of(passage.location),
            in_prompt=source.in_prompt,
        )


class CitationOut(BaseModel):
    """What a part of the answer refers to.

    `at` is where in the answer it is. `quote` is the text of the document, null if it has none.
    """

    kind: CitationKind
    n: int | None
    at: tuple[int, int]
    quote: str | None
    document: str | None
    collection: str | None
    version: int | None
    start: int | None
    end: int | None
    location: Annotated[
        LocationOut | None,
        Field(description="Where the quote begins in the file that the document was read from."),
    ]
    verified: Annotated[
        bool, Field(description="False: the answer quotes words that are in no source.")
    ]
    support: Annotated[
        float | None,
        Field(description="The part of the claim's words that the source has, from 0 to 1."),
    ]

    @classmethod
    def of(cls, citation: Citation) -> Self:
        source = citation.source
        document = source.passage.document if source else None
        return cls(
            kind=citation.kind,
            n=source.number if source else None,
            at=(citation.start, citation.end),
            quote=citation.quote,
            document=document.ref.id if document else None,
            collection=document.ref.collection.name if document else None,
            version=document.version if document else None,
            start=citation.quote_start,
            end=citation.quote_end,
            location=LocationOut.of(citation.location),
            verified=citation.is_verified,
            support=citation.support,
        )


class AnswerDegradedOut(BaseModel):
    """What was missing, and what was served instead."""

    model_config = ConfigDict(from_attributes=True)

    reason: DegradedReason
    served: str
    detail: str | None


class NearestDocumentOut(BaseModel):
    """A document that is near to the question, but not near enough."""

    document: str
    collection: str
    title: str | None


class RefusalOut(BaseModel):
    """Why nothing was answered."""

    looked_for: list[str]
    nearest: list[NearestDocumentOut]

    @classmethod
    def of(cls, refusal: Refusal) -> Self:
        return cls(
            looked_for=list(refusal.looked_for),
            nearest=[
                NearestDocumentOut(document=ref.id, collection=ref.collection.name, title=title)
                for ref, title in refusal.nearest
            ],
        )


class UsageOut(BaseModel):
    """Tokens, as the chat model counts them."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int


class LeftOutOut(BaseModel):
    """A passage that was found, but did not fit the prompt."""

    document: str
    collection: str
    title: str | None
    start: int
    end: int
    reason: str = "no_room"

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

    references: int
    removed: int
    quotations: int
    unverified: int


class AnswerTimingsOut(BaseModel):
    """Durations in milliseconds; null for what did not happen.

    `queue` is the wait for a slot, and on the model's server. `first_token` and `total` are
    measured from the request.
    """

    retrieve: float | None = None
    rerank: float | None = None
    queue: float | None = None
    load: float | None = None
    prefill: float | None = None
    first_token: float | None = None
    decode: float | None = None
    total: float | None = None


class DoneOut(BaseModel):
    """The end of an answer."""

    finish_reason: Finish
    cache: CacheUse
    cached_question: str | None
    model: str | None
    refusal: RefusalOut | None
    usage: UsageOut | None
    tokens_per_second: float | None
    left_out: list[LeftOutOut]
    history_left_out: int
    citation_counts: CitationCountsOut
    degraded: AnswerDegradedOut | None
    timings_ms: AnswerTimingsOut

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

    answer: str
    sources: list[SourceOut]
    citations: list[CitationOut]


def degraded_of(degraded: Degraded | None) -> AnswerDegradedOut | None:
    return AnswerDegradedOut.model_validate(degraded) if degraded else None


def usage_of(done: Done) -> UsageOut | None:
    """Return the tokens; None if no model was asked."""
    if done.end is None:
        return None
    prompt, answer = done.end.prompt_tokens, done.end.answer_tokens
    return UsageOut(prompt_tokens=prompt, completion_tokens=answer, total_tokens=prompt + answer)


def _rate(done: Done) -> float | None:
    end = done.end
    return round(end.answer_tokens / end.decode_seconds, 1) if end and end.decode_seconds else None


class SourcesOut(BaseModel):
    """The first event: the sources, and what was missing."""

    sources: list[SourceOut]
    degraded: AnswerDegradedOut | None

    @classmethod
    def of(cls, found: SourcesFound) -> Self:
        sources = [SourceOut.of(each) for each in found.sources]
        return cls(sources=sources, degraded=degraded_of(found.degraded))


class QueuedOut(BaseModel):
    """The place in the queue of the chat model, from 1; the wait is null if unknown."""

    place: int
    wait_seconds: float | None


class DeltaOut(BaseModel):
    """The next piece of the answer."""

    text: str


class AskStatusOut(BaseModel):
    """The chat model, and how many of the tenant's questions have a slot or wait for one."""

    model_config = ConfigDict(from_attributes=True)

    model: str | None
    available: bool
    detail: Annotated[str | None, Field(description="Why it is not available, and what to do.")]
    slots: int
    running: int
    waiting: int

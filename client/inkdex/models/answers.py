"""Answers to questions: whole, and as the events of a stream."""

from typing import TypeAlias

from inkdex.models.answer import Answer as _Answer
from inkdex.models.search import Location


class Source(_Answer):
    """A passage that was found. `n` is its number in the answer."""

    n: int
    document: str
    collection: str
    title: str | None
    version: int
    start: int
    end: int
    text: str
    headings: list[str]
    similarity: float | None
    relevance: str | None
    in_prompt: bool
    location: Location | None = None


class Citation(_Answer):
    """A reference or quotation in the answer. `at` is its place there."""

    kind: str
    n: int | None
    at: tuple[int, int]
    quote: str | None
    document: str | None
    collection: str | None
    version: int | None
    start: int | None
    end: int | None
    verified: bool
    support: float | None
    location: Location | None = None


class AnswerDegraded(_Answer):
    """What was missing, and what was served instead."""

    reason: str
    served: str
    detail: str | None


class NearestDocument(_Answer):
    """A document that is near to a question without an answer."""

    document: str
    collection: str
    title: str | None


class Refusal(_Answer):
    """What was looked for, and what is nearest."""

    looked_for: list[str]
    nearest: list[NearestDocument]


class TokenUsage(_Answer):
    """Tokens of the prompt and of the answer."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int


class LeftOut(_Answer):
    """A passage for which there was no room."""

    document: str
    collection: str
    title: str | None
    start: int
    end: int
    reason: str = "no_room"


class CitationCounts(_Answer):
    """How many citations there are, by kind."""

    references: int
    removed: int
    quotations: int
    unverified: int


class AnswerTimings(_Answer):
    """Milliseconds of the steps that ran."""

    retrieve: float | None = None
    rerank: float | None = None
    queue: float | None = None
    load: float | None = None
    prefill: float | None = None
    first_token: float | None = None
    decode: float | None = None
    total: float | None = None


class Done(_Answer):
    """The last event of an answer."""

    finish_reason: str
    cache: str
    cached_question: str | None
    model: str | None
    refusal: Refusal | None
    usage: TokenUsage | None
    tokens_per_second: float | None
    left_out: list[LeftOut]
    history_left_out: int
    citation_counts: CitationCounts
    degraded: AnswerDegraded | None
    timings_ms: AnswerTimings


class Answer(Done):
    """A whole answer."""

    answer: str
    sources: list[Source]
    citations: list[Citation]


class Sources(_Answer):
    """The first event of an answer."""

    sources: list[Source]
    degraded: AnswerDegraded | None


class Queued(_Answer):
    """The question waits for the chat model."""

    place: int
    wait_seconds: float | None


class Delta(_Answer):
    """More of the answer's text."""

    text: str


AnswerEvent: TypeAlias = Sources | Queued | Delta | Citation | Done


class AskStatus(_Answer):
    """Whether questions can be answered now."""

    model: str | None
    available: bool
    detail: str | None
    slots: int
    running: int
    waiting: int

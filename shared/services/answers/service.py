"""Answers questions from the documents, event by event."""

import asyncio
import time
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from dataclasses import dataclass, field, replace

from shared.domain.answers.chat import ChatCard
from shared.domain.answers.events import (
    Admitted,
    AnswerEvent,
    CacheUse,
    CitationCounts,
    Degraded,
    DegradedReason,
    Delta,
    Done,
    Failed,
    Finish,
    SourcesFound,
)
from shared.domain.answers.question import Question
from shared.domain.answers.refusal import Refusal, refusal_sentence
from shared.domain.model_errors import ChatUnavailable
from shared.domain.refs import Tenant
from shared.ports.meters import ApiMeter
from shared.services.answers.chat_models import ChatModels
from shared.services.answers.generation import Generation
from shared.services.answers.model_answers import ModelAnswers
from shared.services.answers.retrieval import Retrieval, Retrieved
from shared.services.answers.unwritten import quotations

WORDS_ONLY = "The embedding model is not answering, so the sources were found by their words only."


@dataclass(frozen=True, slots=True)
class ChatStatus:
    """The default chat model, and its line."""

    model: str | None
    available: bool
    detail: str | None
    slots: int
    running: int
    waiting: int


@dataclass(slots=True)
class _Asked:
    """A question on its way, with what was found and how long each step took."""

    question: Question
    started: float = field(default_factory=time.perf_counter)
    found: Retrieved | None = None
    first_token: float | None = None

    @property
    def seconds(self) -> float:
        return time.perf_counter() - self.started


class AnswerService:
    """Finds sources, and lets the chat model answer from them, unless an answer is cached."""

    def __init__(
        self,
        retrieval: Retrieval,
        models: ChatModels,
        answers: ModelAnswers,
        generation: Generation,
        meter: ApiMeter,
    ) -> None:
        self._retrieval = retrieval
        self._models = models
        self._answers = answers
        self._generation = generation
        self._meter = meter

    async def ask(self, question: Question) -> AsyncGenerator[AnswerEvent]:
        """Yield the events of an answer: the sources first, and `Done` or `Failed` last.

        Raises InvalidInput, TooBusy and DatabaseUnavailable before the first event. Closing it
        stops the model unless others wait for the same answer.
        """
        asked = _Asked(question)
        is_done = False
        try:
            async with aclosing(self._events(asked)) as events:
                async for event in events:
                    timed = self._timed(asked, event)
                    if isinstance(timed, Done | Failed):
                        is_done = True
                        self._meter.question_answered(question.scope.tenant, timed)
                    yield timed
        except (asyncio.CancelledError, GeneratorExit):
            if not is_done:
                self._meter.question_cancelled(question.scope.tenant)
            raise

    async def status(self, tenant: Tenant) -> ChatStatus:
        """Return whether the chat model answers, and how many of a tenant's questions wait."""
        detail = None
        try:
            await self._models.card(None)
        except ChatUnavailable as error:
            detail = str(error)
        name = self._models.default
        line = await self._generation.line(name, tenant)
        slots = self._generation.slots
        return ChatStatus(name or None, detail is None, detail, slots, line.running, line.waiting)

    async def _events(self, asked: _Asked) -> AsyncGenerator[AnswerEvent]:
        asked.found = found = await self._retrieval.retrieve(asked.question)
        if found.refusal or not found.evidence.passages:
            for refused in _refused(found.refusal or Refusal((), ()), _degraded(found)):
                yield refused
            return
        try:
            card = await self._models.card(asked.question.model)
        except ChatUnavailable as error:
            prompt = await self._answers.compose(asked.question, found.evidence)
            degraded, quoted = quotations(prompt, error)
            yield SourcesFound(prompt.selection.sources, degraded)
            for event in quoted:
                yield event
            return
        async with aclosing(self._from_model(asked.question, found, card)) as events:
            async for event in events:
                yield event

    async def _from_model(
        self, question: Question, found: Retrieved, card: ChatCard
    ) -> AsyncGenerator[AnswerEvent]:
        prompt = await self._answers.compose(question, found.evidence, card)
        sources = SourcesFound(prompt.selection.sources, _degraded(found))
        written = self._answers.events(prompt, card, found.evidence.vector)
        async with aclosing(written) as events:
            async for event in events:
                yield sources if isinstance(event, Admitted) else event

    def _timed(self, asked: _Asked, event: AnswerEvent) -> AnswerEvent:
        """Note the time of the first piece, and add all durations to the end."""
        if isinstance(event, Delta) and asked.first_token is None:
            asked.first_token = asked.seconds
        if not isinstance(event, Done) or not asked.found:
            return event
        own = {
            "retrieve": asked.found.retrieve_seconds,
            "rerank": asked.found.rerank_seconds,
            "first_token": asked.first_token or 0.0,
            "total": asked.seconds,
        }
        cache = event.cache if asked.question.is_cached else CacheUse.OFF
        degraded = event.degraded or _degraded(asked.found)
        return replace(event, cache=cache, degraded=degraded, seconds={**event.seconds, **own})


def _refused(refusal: Refusal, degraded: Degraded | None) -> Iterator[AnswerEvent]:
    yield SourcesFound((), degraded)
    yield Delta(refusal_sentence(refusal))
    yield Done(Finish.REFUSED, CitationCounts(), refusal=refusal)


def _degraded(found: Retrieved) -> Degraded | None:
    if found.by_words_only:
        return Degraded(DegradedReason.MODEL_UNAVAILABLE, "text", WORDS_ONLY)
    return None

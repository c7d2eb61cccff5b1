"""Answers that a chat model has written: cached, of a similar question, or new."""

import asyncio
import secrets
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, replace

import structlog

from shared.domain.answers.cache_key import CacheKey, cache_key
from shared.domain.answers.chat import ChatCard
from shared.domain.answers.composition import Prompt, PromptLimits, composed
from shared.domain.answers.events import Admitted, AnswerEvent, CacheUse, Done
from shared.domain.answers.evidence import Evidence
from shared.domain.answers.heard import HeardAnswer
from shared.domain.answers.question import Question
from shared.domain.answers.tokens import TokenRatio
from shared.domain.embedding.vectors import Vector
from shared.domain.errors import InkdexError, describe
from shared.ports.chat import AnswerCache, CachedAnswer
from shared.services.answers.chat_models import ChatModels
from shared.services.answers.generation import Generation
from shared.services.answers.semantic_cache import SemanticCache, SimilarAnswer
from shared.services.answers.shared_generations import SharedGenerations
from shared.services.answers.unwritten import replayed
from shared.services.answers.writing import Job

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question with all that its answer depends on."""

    job: Job
    key: CacheKey
    vector: Vector | None

    @property
    def question(self) -> Question:
        return self.job.prompt.question


class ModelAnswers:
    """Gives the answer of a model. Equal questions at the same time share one."""

    def __init__(
        self,
        models: ChatModels,
        generation: Generation,
        cache: AnswerCache,
        semantic: SemanticCache,
        limits: PromptLimits,
    ) -> None:
        self._models = models
        self._generation = generation
        self._cache = cache
        self._semantic = semantic
        self._limits = limits
        self._shared = SharedGenerations()
        self._checks: set[asyncio.Task[None]] = set()

    async def compose(
        self, question: Question, evidence: Evidence, card: ChatCard | None = None
    ) -> Prompt:
        """Return the prompt for a model, or what it would be for any; raises InvalidInput."""
        limits = self._limits.within(card.context_tokens if card else None)
        ratio = self._models.ratio(card) if card else TokenRatio()
        # Counting tokens takes time that other requests should not wait for.
        return await asyncio.to_thread(composed, question, evidence.passages, limits, ratio)

    async def events(
        self, prompt: Prompt, card: ChatCard, vector: Vector | None
    ) -> AsyncGenerator[AnswerEvent]:
        """Yield `Admitted` when the answer is certain to begin, and then its events.

        Raises TooBusy before that.
        """
        async with aclosing(await self._chosen(self._asked(prompt, card, vector))) as events:
            async for event in events:
                yield event

    async def close(self) -> None:
        """End the comparisons."""
        for check in self._checks:
            check.cancel()
        await asyncio.gather(*self._checks, return_exceptions=True)

    async def _chosen(self, asked: _Asked) -> AsyncGenerator[AnswerEvent]:
        """Return the events of a cached answer, of a similar question's, or of a new one."""
        if not asked.question.is_cached:
            return self._new(asked)
        if cached := await self._cache.get(asked.key.exact):
            return self._cached(asked, cached)
        similar = await self._similar(asked)
        if similar and similar.is_near_enough:
            return self._of_similar(asked, similar)
        return self._new(asked, similar)

    async def _cached(self, asked: _Asked, cached: CachedAnswer) -> AsyncGenerator[AnswerEvent]:
        yield Admitted()
        async for event in replayed(cached, asked.job.prompt):
            yield event

    def _asked(self, prompt: Prompt, card: ChatCard, vector: Vector | None) -> _Asked:
        options = (prompt.context_tokens, prompt.max_tokens)
        key = cache_key(prompt.question, card, options, prompt.selection.in_prompt)
        exact = key.exact if prompt.question.is_cached else None
        return _Asked(Job(prompt, card, self._models.ratio(card), exact), key, vector)

    async def _similar(self, asked: _Asked) -> SimilarAnswer | None:
        if asked.vector is None or not self._semantic.is_on:
            return None
        return await self._semantic.find(asked.question.text, asked.vector, asked.key)

    async def _of_similar(
        self, asked: _Asked, similar: SimilarAnswer
    ) -> AsyncGenerator[AnswerEvent]:
        async for event in self._cached(asked, similar.answer):
            yield _from_similar(event, similar) if isinstance(event, Done) else event
        if similar.is_checked:
            check = asyncio.create_task(self._check(asked, similar))
            self._checks.add(check)
            check.add_done_callback(self._checks.discard)

    async def _new(
        self, asked: _Asked, similar: SimilarAnswer | None = None
    ) -> AsyncGenerator[AnswerEvent]:
        heard = HeardAnswer()
        key = asked.job.key or secrets.token_bytes(32)
        is_shared = self._shared.is_running(key)
        written = self._shared.follow(key, lambda: self._generation.events(asked.job))
        async with aclosing(written) as events:
            async for event in events:
                heard.take(event)
                if asked.job.key and heard.is_whole:
                    await self._remember(asked, similar, heard)
                yield _used(event, is_shared=is_shared)

    async def _remember(
        self, asked: _Asked, similar: SimilarAnswer | None, heard: HeardAnswer
    ) -> None:
        if asked.vector is None or not self._semantic.is_on:
            return
        if similar is not None:
            own = await self._heard(asked, similar)
            await self._semantic.compare(similar, asked.key, own.said, heard.said)
        await self._semantic.keep(asked.question.text, asked.vector, asked.key)

    async def _check(self, asked: _Asked, similar: SimilarAnswer) -> None:
        """Answer a question again whose answer was that of a similar one, and compare both."""
        heard = HeardAnswer()
        try:
            line = await self._generation.line(asked.job.card.name)
            if line.waiting:
                return  # clients come first
            async with aclosing(self._generation.events(asked.job)) as events:
                async for event in events:
                    heard.take(event)
        except InkdexError as error:
            log.info("semantic_cache.not_compared", error=describe(error))
            return
        if heard.is_whole:
            served = await self._heard(asked, similar)
            await self._semantic.compare(similar, asked.key, served.said, heard.said)

    async def _heard(self, asked: _Asked, similar: SimilarAnswer) -> HeardAnswer:
        heard = HeardAnswer()
        async for event in replayed(similar.answer, asked.job.prompt):
            heard.take(event)
        return heard


def _from_similar(done: Done, similar: SimilarAnswer) -> Done:
    question = similar.entry.question
    return replace(done, cache=CacheUse.SEMANTIC, cached_question=question)


def _used(event: AnswerEvent, *, is_shared: bool) -> AnswerEvent:
    if is_shared and isinstance(event, Done) and event.cache is CacheUse.MISS:
        return replace(event, cache=CacheUse.SHARED)
    return event

"""Lets a chat model write one answer, from the wait for a slot to the last citation."""

import time
from collections.abc import AsyncGenerator
from contextlib import aclosing

from shared.domain.answers.composition import estimated_tokens
from shared.domain.answers.events import Admitted, AnswerEvent, Done, Failed
from shared.domain.answers.waiting import LineLength
from shared.domain.errors import InvalidInput
from shared.domain.model_errors import ChatUnavailable, PromptTooLong
from shared.domain.refs import Tenant
from shared.ports.chat import AnswerCache, ChatModel
from shared.services.answers.admission import Admission
from shared.services.answers.summaries import Summaries
from shared.services.answers.unwritten import quotations, replayed
from shared.services.answers.writing import Job, Writing


class Generation:
    """Writes answers, and keeps those that are whole."""

    def __init__(
        self, chat: ChatModel, admission: Admission, summaries: Summaries, cache: AnswerCache
    ) -> None:
        self._chat = chat
        self._admission = admission
        self._summaries = summaries
        self._cache = cache

    @property
    def slots(self) -> int:
        return self._admission.slots

    async def line(self, model: str, tenant: Tenant | None = None) -> LineLength:
        """Return how many answers of a model run, and how many questions wait."""
        return await self._admission.length(model, tenant)

    async def events(self, job: Job) -> AsyncGenerator[AnswerEvent]:
        """Yield what happens until the answer is done; raises TooBusy before the first event.

        Closing it stops the model and frees the slot.
        """
        async with self._admission.enter(job.card.name, job.prompt.question.scope.tenant) as turn:
            yield Admitted()
            entered = time.perf_counter()
            async for queued in turn.waiting():
                yield queued
            waited = time.perf_counter() - entered
            cached = await self._cache.get(job.key) if job.key else None
            events = self._written(job, waited) if cached is None else replayed(cached, job.prompt)
            async with aclosing(events):
                async for event in events:
                    if isinstance(event, Done) and event.end:
                        turn.measure()
                    yield event

    async def _written(self, job: Job, waited: float) -> AsyncGenerator[AnswerEvent]:
        try:
            summary = await self._summaries.of(job.card, job.prompt)
            if not summary:
                job.prompt = job.prompt.without_older_turns()
            while True:
                try:
                    async with aclosing(self._answer(job, summary, waited)) as events:
                        async for event in events:
                            yield event
                        return
                except PromptTooLong as error:
                    _shorten(job, summary, error)
        except ChatUnavailable as error:
            _, quoted = quotations(job.prompt, error, job.card.name)
            for event in quoted:
                yield event
        except InvalidInput as error:
            yield Failed(error)

    async def _answer(self, job: Job, summary: str, waited: float) -> AsyncGenerator[AnswerEvent]:
        """Yield the answer; raises ChatUnavailable and PromptTooLong before its first word."""
        messages = job.prompt.messages(summary)
        writing = Writing(job, messages)
        try:
            async with aclosing(self._chat.chat(writing.request)) as pieces:
                async for piece in pieces:
                    async for event in writing.take(piece):
                        yield event
                    if writing.stream.says_none:
                        break
        except (ChatUnavailable, PromptTooLong) as error:
            if not writing.stream.text:
                raise
            for event in writing.interrupted(error, waited):
                yield event
            return
        ended = list(writing.ended(waited))
        # Before the end is told, because then the client may leave or ask again.
        if job.key and writing.is_whole:
            await self._cache.put(job.key, writing.kept)
        for event in ended:
            yield event


def _shorten(job: Job, summary: str, error: PromptTooLong) -> None:
    """Leave out the last sources, and learn how many tokens the prompt really has.

    Raises InvalidInput if there is only one. The answer is not cached, because an equal question
    begins with all sources again.
    """
    job.key = None
    estimated = estimated_tokens(job.prompt.messages(summary))
    if error.tokens:
        job.ratio.observe(estimated, error.tokens)
    job.prompt = job.prompt.without_last_source()
    if error.tokens and error.context_tokens:
        room = estimated * error.context_tokens / error.tokens
        while len(job.prompt.selection.in_prompt) > 1 and _is_over(job, summary, room):
            job.prompt = job.prompt.without_last_source()


def _is_over(job: Job, summary: str, room: float) -> bool:
    return estimated_tokens(job.prompt.messages(summary)) > room

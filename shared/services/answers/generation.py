"""Lets a chat model write one answer, from the wait for a slot to the last citation."""

import asyncio
import time
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from dataclasses import dataclass, replace

from shared.domain.answers.best_sentences import quoted_answer
from shared.domain.answers.chat import ChatCard, ChatEnd, ChatRequest, EndReason
from shared.domain.answers.citations import CitationStream
from shared.domain.answers.composition import Prompt, estimated_tokens
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
)
from shared.domain.answers.question import Message
from shared.domain.answers.tokens import CUT_SHARE, TokenRatio, least_tokens
from shared.domain.answers.waiting import LineLength
from shared.domain.errors import (
    ChatFailure,
    ChatUnavailable,
    InkdexError,
    InvalidInput,
    PromptCut,
    PromptTooLong,
)
from shared.ports.chat import AnswerCache, CachedAnswer, ChatModel
from shared.services.answers.admission import Admission
from shared.services.answers.summaries import Summaries

NOT_IN_DOCUMENTS = "The documents don't say."
STEP_CHARACTERS = 64
"""So much of a text is read at a time, so that other requests need not wait."""


@dataclass(slots=True)
class Job:
    """An answer to write. Without a key it is not cached."""

    prompt: Prompt
    card: ChatCard
    ratio: TokenRatio
    key: bytes | None = None


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

    async def line(self, model: str) -> LineLength:
        """Return how many answers of a model run, and how many questions wait."""
        return await self._admission.length(model)

    async def events(self, job: Job) -> AsyncGenerator[AnswerEvent]:
        """Yield what happens until the answer is done; raises TooBusy before the first event.

        Closing it stops the model and frees the slot.
        """
        async with self._admission.enter(job.card.name) as turn:
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
            for event in quotations(job.prompt, error, job.card.name):
                yield event
        except InvalidInput as error:
            yield Failed(error)

    async def _answer(self, job: Job, summary: str, waited: float) -> AsyncGenerator[AnswerEvent]:
        """Yield the answer; raises ChatUnavailable and PromptTooLong before its first word."""
        messages = job.prompt.messages(summary)
        writing = _Writing(job, messages)
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
        for event in writing.ended(waited):
            yield event
        if job.key and writing.is_whole:
            await self._cache.put(job.key, writing.kept)


class _Writing:
    """An answer while it is written."""

    def __init__(self, job: Job, messages: list[Message]) -> None:
        prompt = job.prompt
        self._job = job
        self.request = ChatRequest(
            job.card.name, messages, prompt.context_tokens, prompt.max_tokens
        )
        self.stream = CitationStream(prompt.question.text, prompt.selection.in_prompt)
        self._written: list[str] = []
        self._end: ChatEnd | None = None
        self.is_whole = False

    @property
    def kept(self) -> CachedAnswer:
        assert self._end is not None
        written = "".join(self._written)
        return CachedAnswer(self._job.prompt.question.text, written, self._end, self._job.card.name)

    async def take(self, piece: str | ChatEnd) -> AsyncGenerator[AnswerEvent]:
        if isinstance(piece, ChatEnd):
            self._end = piece
            return
        self._written.append(piece)
        async for event in _fed(self.stream, piece):
            yield event

    def ended(self, waited: float) -> Iterator[AnswerEvent]:
        """Yield the rest of a whole answer; raises ChatUnavailable if the model wrote nothing."""
        if self._end and self._is_cut(self._end):
            yield Failed(PromptCut())
            return
        yield from self.stream.end()
        if not self.stream.text and not self.stream.says_none:
            raise ChatUnavailable(ChatFailure.BAD_ANSWER, "The chat model wrote nothing.")
        self.is_whole = self._end is not None
        if self.stream.says_none:
            yield Delta(NOT_IN_DOCUMENTS)
        yield self._done(finish_of(self.stream, self._end), waited)

    def interrupted(self, error: InkdexError, waited: float) -> Iterator[AnswerEvent]:
        yield from self.stream.end()
        lost = Degraded(DegradedReason.CHAT_UNAVAILABLE, "part", str(error))
        yield replace(self._done(Finish.INTERRUPTED, waited), degraded=lost)

    def _is_cut(self, end: ChatEnd) -> bool:
        counted, sent = end.prompt_tokens, self.request.messages
        if not counted:  # the server does not say
            return False
        if counted < CUT_SHARE * least_tokens(each.content for each in sent):
            return True
        self._job.ratio.observe(estimated_tokens(sent), counted)
        return False

    def _done(self, finish: Finish, waited: float) -> Done:
        prompt, end = self._job.prompt, self._end
        seconds = {"queue": waited + (end.queue_seconds if end else 0.0)}
        if end:
            seconds |= {
                "load": end.load_seconds,
                "prefill": end.prefill_seconds,
                "decode": end.decode_seconds,
            }
        return Done(
            finish,
            self.stream.counts,
            self._job.card.name,
            CacheUse.MISS,
            end=end,
            left_out=prompt.selection.left_out,
            history_left_out=prompt.history_left_out,
            seconds=seconds,
        )


def finish_of(stream: CitationStream, end: ChatEnd | None) -> Finish:
    """Return how a whole answer ended."""
    if stream.says_none:
        return Finish.NOT_IN_DOCUMENTS
    return Finish.LENGTH if end and end.reason is EndReason.LENGTH else Finish.STOP


async def _fed(stream: CitationStream, text: str) -> AsyncGenerator[AnswerEvent]:
    for at in range(0, len(text), STEP_CHARACTERS):
        for event in stream.feed(text[at : at + STEP_CHARACTERS]):
            yield event
        await asyncio.sleep(0)


async def replayed(cached: CachedAnswer, prompt: Prompt) -> AsyncGenerator[AnswerEvent]:
    """Yield a cached answer. Its citations are resolved again, in the sources of now."""
    stream = CitationStream(prompt.question.text, prompt.selection.in_prompt)
    async for piece in _fed(stream, cached.written):
        yield piece
    for piece in stream.end():
        yield piece
    if stream.says_none:
        yield Delta(NOT_IN_DOCUMENTS)
    yield Done(
        finish_of(stream, cached.end),
        stream.counts,
        cached.model,
        CacheUse.EXACT,
        left_out=prompt.selection.left_out,
        history_left_out=prompt.history_left_out,
    )


def quotations(
    prompt: Prompt, error: ChatUnavailable, model: str | None = None
) -> Iterator[AnswerEvent]:
    """Yield the best sentences of the sources, because no model answers."""
    answer = quoted_answer(prompt.question.text, prompt.selection.in_prompt)
    yield Delta(answer.text)
    yield from answer.citations
    yield Done(
        Finish.QUOTATIONS,
        CitationCounts(references=len(answer.citations)),
        model,
        degraded=Degraded(DegradedReason.CHAT_UNAVAILABLE, "quotations", str(error)),
        left_out=prompt.selection.left_out,
    )


def _shorten(job: Job, summary: str, error: PromptTooLong) -> None:
    """Leave out the last sources, and learn how many tokens the prompt really has.

    Raises InvalidInput if there is only one.
    """
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

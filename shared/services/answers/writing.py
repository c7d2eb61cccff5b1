"""An answer while a chat model writes it."""

import asyncio
from collections.abc import AsyncGenerator, Iterator
from dataclasses import dataclass, replace

from shared.domain.answers.chat import ChatCard, ChatEnd, ChatRequest, EndReason
from shared.domain.answers.citations import CitationStream
from shared.domain.answers.composition import Prompt, estimated_tokens
from shared.domain.answers.events import (
    AnswerEvent,
    CacheUse,
    Degraded,
    DegradedReason,
    Delta,
    Done,
    Failed,
    Finish,
)
from shared.domain.answers.question import Message
from shared.domain.answers.tokens import CUT_SHARE, TokenRatio, least_tokens
from shared.domain.errors import InkdexError
from shared.domain.model_errors import ChatUnavailable, PromptCut
from shared.domain.reasons import ChatFailure
from shared.ports.chat import CachedAnswer

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


class Writing:
    """Takes what the model writes, and gives the events of the answer."""

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
        async for event in fed(self.stream, piece):
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


async def fed(stream: CitationStream, text: str) -> AsyncGenerator[AnswerEvent]:
    """Yield what is certain of the answer after a text, in short steps."""
    for at in range(0, len(text), STEP_CHARACTERS):
        for event in stream.feed(text[at : at + STEP_CHARACTERS]):
            yield event
        await asyncio.sleep(0)

"""Answers that no model writes now: those of the cache, and sentences of the documents."""

from collections.abc import AsyncGenerator, Sequence

from shared.domain.answers.best_sentences import quoted_answer
from shared.domain.answers.citations import CitationStream
from shared.domain.answers.composition import Prompt
from shared.domain.answers.events import (
    AnswerEvent,
    CacheUse,
    CitationCounts,
    Degraded,
    DegradedReason,
    Delta,
    Done,
    Finish,
)
from shared.domain.model_errors import ChatUnavailable
from shared.ports.chat import CachedAnswer
from shared.services.answers.writing import NOT_IN_DOCUMENTS, fed, finish_of

NOTHING_TO_QUOTE = "No passage seems to answer this."


async def replayed(cached: CachedAnswer, prompt: Prompt) -> AsyncGenerator[AnswerEvent]:
    """Yield a cached answer. Its citations are resolved again, in the sources of now."""
    stream = CitationStream(prompt.question.text, prompt.selection.in_prompt)
    async for piece in fed(stream, cached.written):
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
) -> tuple[Degraded, Sequence[AnswerEvent]]:
    """Return the best sentences of the sources, because no model answers, and what is missing."""
    answer = quoted_answer(prompt.question.text, prompt.selection.in_prompt)
    served = "quotations" if answer.text else "nothing"
    degraded = Degraded(DegradedReason.CHAT_UNAVAILABLE, served, str(error))
    done = Done(
        Finish.QUOTATIONS,
        CitationCounts(references=len(answer.citations)),
        model,
        degraded=degraded,
        left_out=prompt.selection.left_out,
    )
    return degraded, [Delta(answer.text or NOTHING_TO_QUOTE), *answer.citations, done]

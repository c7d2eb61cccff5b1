"""Composes the prompt of a question so that it fits the model's context."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from shared.domain.answers import prompt as wording
from shared.domain.answers.history import divided
from shared.domain.answers.question import Message, Question
from shared.domain.answers.selection import Selection, selected
from shared.domain.answers.sources import Passage
from shared.domain.answers.tokens import MESSAGE_TOKENS, TokenRatio
from shared.domain.embedding.tokens import estimate_tokens
from shared.domain.errors import FieldError, InvalidInput

SUMMARY_TOKENS = 160
MARK = "0" * 8
CHARACTERS_PER_TOKEN = 16
"""No text has more. A longer one need not be counted."""


@dataclass(frozen=True, slots=True)
class PromptLimits:
    """The sizes of prompts, in tokens, and the number of turns that stay whole."""

    context_tokens: int
    max_tokens: int
    source_tokens: int
    history_turns: int
    summarizes: bool

    def within(self, context_tokens: int | None) -> "PromptLimits":
        """Return the limits for a model whose own context may be smaller."""
        least = min(self.context_tokens, context_tokens or self.context_tokens)
        return replace(self, context_tokens=least)


@dataclass(frozen=True, slots=True)
class Prompt:
    """What a model is asked. `older` are the turns that a summary may stand for."""

    question: Question
    selection: Selection
    context_tokens: int
    max_tokens: int
    recent: Sequence[Message] = ()
    older: Sequence[Message] = ()
    history_left_out: int = 0

    def messages(self, summary: str) -> list[Message]:
        """Return the messages, with a new mark."""
        sources = self.selection.in_prompt
        mark = wording.new_mark()
        return wording.prompt(self.question.text, self.recent, summary, sources, mark)

    def without_older_turns(self) -> "Prompt":
        """Return the prompt when there is no summary of them."""
        left_out = self.history_left_out + len(self.older)
        return replace(self, older=(), history_left_out=left_out)

    def without_last_source(self) -> "Prompt":
        """Return the prompt with one source less; raises InvalidInput if there is only one."""
        inside = self.selection.in_prompt
        if len(inside) < 2:
            raise _no_room()
        last = replace(inside[-1], in_prompt=False)
        sources = [last if each.number == last.number else each for each in self.selection.sources]
        left_out = [last.passage, *self.selection.left_out]
        return replace(self, selection=Selection(sources, left_out))


def estimated_tokens(messages: Sequence[Message]) -> int:
    """Return an estimate that a model's count is compared with."""
    return sum(estimate_tokens(each.content) + MESSAGE_TOKENS // 2 for each in messages)


def composed(
    question: Question, passages: Sequence[Passage], limits: PromptLimits, ratio: TokenRatio
) -> Prompt:
    """Return the prompt; raises InvalidInput if no source fits beside the conversation."""
    answer = min(question.max_tokens or limits.max_tokens, limits.context_tokens // 2)
    room = limits.context_tokens - answer - _fixed_tokens(question, ratio)
    history = divided(question.history, limits.history_turns)
    recent = _fitting(history.recent, room // 2, ratio)
    room -= sum(_tokens(each, ratio) for each in recent)
    room -= SUMMARY_TOKENS if history.older and limits.summarizes else 0

    def tokens_of(passage: Passage) -> int:
        if len(passage.text) > CHARACTERS_PER_TOKEN * room:
            return len(passage.text)
        return estimate_tokens(wording.source_text(1, passage, MARK))

    selection = selected(
        passages, tokens_of, min(ratio.estimated(room), limits.source_tokens), question.sources
    )
    if passages and not selection.in_prompt:
        raise _no_room()
    dropped = len(history.recent) - len(recent)
    older = history.older if limits.summarizes and not dropped else ()
    left_out = dropped + len(history.older) - len(older)
    return Prompt(question, selection, limits.context_tokens, answer, recent, older, left_out)


def _fixed_tokens(question: Question, ratio: TokenRatio) -> int:
    without_sources = wording.prompt(question.text, (), "", (), MARK)
    return sum(_tokens(each, ratio) for each in without_sources)


def _fitting(turns: Sequence[Message], room: int, ratio: TokenRatio) -> Sequence[Message]:
    """Return the last messages that there is room for, each of them whole."""
    first = len(turns)
    while first and (tokens := _tokens(turns[first - 1], ratio)) <= room:
        room -= tokens
        first -= 1
    return turns[first:]


def _tokens(message: Message, ratio: TokenRatio) -> int:
    return ratio.tokens(message.content) + MESSAGE_TOKENS


def _no_room() -> InvalidInput:
    problem = (
        "leaves no room for a source in the chat model's context. Ask a shorter question, send "
        "less history, or set INKDEX_CHAT_CONTEXT_TOKENS and INKDEX_ANSWER_SOURCE_TOKENS higher"
    )
    return InvalidInput(FieldError(("question",), problem))

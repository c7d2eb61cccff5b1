"""The conversation before a question: the last turns whole, the older ones as a summary."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from shared.domain.answers.content_words import content_words
from shared.domain.answers.question import Message, Role
from shared.domain.answers.small_talk import is_small_talk

FOLLOW_UP_WORDS = 12
"""A longer question says what it is about."""
CONTENT_WORDS = 2
"""A question with fewer words of content does not say it, or one that refers to something."""
QUERY_CHARACTERS = 1000

_REFERRING = frozenset(
    """
    it its they them their that this these those he him his she her and but or also then there one
    ones former latter else es sie er ihn ihm ihr dies diese dieser das dort und oder auch dann il
    elle ils elles lui leur cela ça ce cette et ou alors eso esa ese esto ello ella y o también
    """.split()  # noqa: SIM905
)
_WORD = re.compile(r"\w+")
_SYNTAX = re.compile(r'["“”„«»]|(?<!\S)-(?=\S)')


@dataclass(frozen=True, slots=True)
class History:
    """The turns that stay whole, and those before them."""

    recent: Sequence[Message] = ()
    older: Sequence[Message] = ()


def divided(messages: Sequence[Message], turns: int) -> History:
    """Keep the last `turns` questions, with what follows each."""
    spoken = [each for each in messages if each.role is not Role.SYSTEM]
    starts = [at for at, each in enumerate(spoken) if each.role is Role.USER]
    if turns <= 0:
        return History((), spoken)
    first = starts[-turns] if len(starts) > turns else 0
    return History(spoken[first:], spoken[:first])


def search_query(question: str, history: Sequence[Message]) -> str:
    """Return what to search for: for a follow-up, also the question before it.

    Quotation marks and minus signs do not limit the search as they do in a search box.
    """
    asked = [each.content for each in history if each.role is Role.USER]
    query = question
    if asked and is_follow_up(question):
        query = f"{question} {asked[-1]}"[:QUERY_CHARACTERS]
    return _SYNTAX.sub(" ", query).strip() or question


def is_follow_up(question: str) -> bool:
    """Return whether a question is understood only after the one before it."""
    words = _WORD.findall(question.casefold())
    if len(words) > FOLLOW_UP_WORDS or is_small_talk(question):
        return False
    return not _REFERRING.isdisjoint(words) or len(content_words(question)) < CONTENT_WORDS

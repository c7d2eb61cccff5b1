"""The conversation before a question: the last turns whole, the older ones as a summary."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from shared.domain.answers.question import Message, Role
from shared.domain.answers.small_talk import is_small_talk

TURN_CHARACTERS = 8000
FOLLOW_UP_WORDS = 6
"""A shorter question is searched for together with the one before it."""
QUERY_CHARACTERS = 1000

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
    """Return what to search for. A short question often refers to the one before it.

    Quotation marks and minus signs do not limit the search as they do in a search box.
    """
    asked = [each.content for each in history if each.role is Role.USER]
    is_short = len(question.split()) <= FOLLOW_UP_WORDS
    is_follow_up = asked and is_short and not is_small_talk(question)
    query = f"{question} {asked[-1]}"[:QUERY_CHARACTERS] if is_follow_up else question
    return _SYNTAX.sub(" ", query).strip() or question

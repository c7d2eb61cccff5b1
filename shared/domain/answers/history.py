"""The conversation before a question: the last turns whole, the older ones as a summary."""

from collections.abc import Sequence
from dataclasses import dataclass

from shared.domain.answers.question import Message, Role

TURN_CHARACTERS = 8000
FOLLOW_UP_WORDS = 6
"""A shorter question is searched for together with the one before it."""
QUERY_CHARACTERS = 1000


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
    """Return what to search for. A short question often refers to the one before it."""
    asked = [each.content for each in history if each.role is Role.USER]
    if not asked or len(question.split()) > FOLLOW_UP_WORDS:
        return question
    return f"{question} {asked[-1]}"[:QUERY_CHARACTERS]

"""Whether two answers say the same, so that one was right to stand for the other."""

import re
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from shared.domain.answers.content_words import content_words
from shared.domain.search.lexing.characters import normalized

COMMON_WORDS = 0.6
"""The part of all content words that both answers have."""
_MARKER = re.compile(r"\[\d+(?:\s*,\s*\d+)*\]")
_NUMBER = re.compile(r"\d+(?:[.,:/-]\d+)*")
_NEGATION = re.compile(
    r"\b(?:not?|never|none|neither|nor|cannot|without|nobody|nothing|nicht|nichts|keine?[mnrs]?|nie"
    r"|niemals|ohne|pas|jamais|sans|aucune?|rien|nunca|sin|ning[uú]na?|nada)\b|n't\b",
    re.IGNORECASE,
)


_TURNING = """
yes more less before after above below over under until since only all every except always on
off up down increase increases increased decrease decreases decreased higher lower allowed
forbidden prohibited required optional true false open closed enabled disabled minimum maximum
ja mehr weniger vor nach nur alle immer erlaubt verboten oui plus moins avant après seulement
tous toujours sí más menos antes después solo todos siempre
"""
_DECISIVE = frozenset(_TURNING.split())
"""Words that turn what is said around. Both answers have the same ones."""
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Said:
    """An answer, and the passages that it cites."""

    text: str
    cited: AbstractSet[str] = frozenset()


def is_same_answer(a: Said, b: Said) -> bool:
    """Return whether both have the same numbers and negations, and cite and say much the same.

    In doubt they do not.
    """
    first, second = (_MARKER.sub(" ", normalized(each.text)) for each in (a, b))
    if any(of(first) != of(second) for of in (_numbers, _is_negative, _decisive)):
        return False
    if (a.cited or b.cited) and a.cited.isdisjoint(b.cited):
        return False
    return _common(set(content_words(first)), set(content_words(second))) >= COMMON_WORDS


def _numbers(text: str) -> set[str]:
    return set(_NUMBER.findall(text))


def _decisive(text: str) -> AbstractSet[str]:
    return _DECISIVE.intersection(_WORD.findall(text.casefold()))


def _is_negative(text: str) -> bool:
    return len(_NEGATION.findall(text)) % 2 == 1


def _common(a: AbstractSet[str], b: AbstractSet[str]) -> float:
    return len(a & b) / len(a | b) if a | b else 1.0

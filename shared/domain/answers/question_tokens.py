"""The tokens of a question, with everything that may change its meaning.

Signs, accents, capitals, numbers and what is quoted are kept. Only the look of the text is not:
white space, the kinds of quotation marks and hyphens, and marks between clauses.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from shared.domain.answers.question_forms import MODALS
from shared.domain.search.lexing.characters import APOSTROPHES, IGNORED
from shared.domain.search.lexing.stop_words import STOP_WORDS
from shared.domain.stream_safe import stream_safe

QUESTION_CHARACTERS = 1000
"""A longer question is a text, whose details are not compared."""

_UNSEEN = re.compile(f"[{IGNORED}]+")
_LOOKS = str.maketrans(
    {
        **dict.fromkeys(APOSTROPHES, "'"),
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212", "-"),
        **dict.fromkeys("“”„«»", '"'),
        "\u2026": ".",
    }
)
_QUOTED = re.compile(r"\"([^\"]+)\"|(?<!\w)'([^']+)'(?!\w)")
_TOKEN = re.compile(
    r"(?:(?<![^\s(])[+.-]+)?\w+(?:(?:[-./:_@']|,(?=\d))\w+)*[+#]*"
    r"|[^\s\w]"
)
_MARKS = frozenset("?!.,;:()[]{}'\"-¿¡")
_MINUS = re.compile(r"(?<=\d) - (?=\d)")
_MEASURE = re.compile(r"([+-]?[\d.,]*\d)([^\W\d_]{1,3})")
_GROUPED = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?")
_STOP_WORDS = STOP_WORDS["english"]
_UNIT_CHARACTERS = 3


class Token(NamedTuple):
    """A token in lower case, and whether it was written with a capital.

    What is quoted is one token with its quotation marks and capitals. The case of units and of
    capitals that tell words apart is kept: MB and Mb, US and us, May and may.
    """

    text: str
    is_capital: bool = False


def tokens(question: str) -> list[Token]:
    """Return the tokens of a question that is not longer than QUESTION_CHARACTERS."""
    plain = unicodedata.normalize("NFC", stream_safe(_UNSEEN.sub("", question)))
    plain = plain.lower() if plain.isupper() else plain
    words = list(_words(_MINUS.sub(" minus ", plain.translate(_LOOKS))))
    found = [_token(word, before) for before, word in pairwise(["", *words])]
    return [_as_first(found[0]), *found[1:]] if found else []


def _words(text: str) -> Iterator[str]:
    start = 0
    for quoted in _QUOTED.finditer(text):
        yield from _plain_words(text[start : quoted.start()])
        yield f'"{" ".join((quoted[1] or quoted[2]).split())}"'
        start = quoted.end()
    yield from _plain_words(text[start:])


def _plain_words(text: str) -> Iterator[str]:
    for found in _TOKEN.findall(text):
        if found not in _MARKS:
            yield from _parts(found)


def _parts(word: str) -> Sequence[str]:
    """Return the number and the unit of a measure, or the word."""
    if measure := _MEASURE.fullmatch(word):
        return [measure[1], measure[2]]
    return [word.replace(",", "") if _GROUPED.fullmatch(word) else word]


def _token(word: str, before: str) -> Token:
    lower = word.lower()
    is_unit = before[-1:].isdigit() and len(word) <= _UNIT_CHARACTERS
    if word.startswith('"') or is_unit:
        return Token(word)
    if lower not in _STOP_WORDS:
        return Token(lower, word[0].isupper())
    is_name = lower in MODALS and word[0].isupper()
    is_acronym = len(word) > 1 and word.isupper()
    return Token(word if is_name or is_acronym else lower, word == "A")


def _as_first(token: Token) -> Token:
    """Return the first token. Its capital says nothing, but that of an acronym does."""
    is_kept = token.text.startswith('"') or (len(token.text) > 1 and token.text.isupper())
    return Token(token.text if is_kept else token.text.lower())

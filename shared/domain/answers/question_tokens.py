"""The tokens of a question, with everything that may change its meaning.

Signs, accents, capitals, numbers and what is quoted are kept. Only the look of the text is not:
white space, the kinds of quotation marks and hyphens, and marks between clauses.
"""

import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

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
    r"(?<!\S)[+-]\d+(?:[.,:/-]\d+)*"
    r"|\w+(?:(?:[-./:_@']|,(?=\d))\w+)*[+#]*"
    r"|[^\s\w]"
)
_MARKS = frozenset("?!.,;:()[]{}'\"-¿¡")
_MEASURE = re.compile(r"([\d.,]*\d)([^\W\d_]{1,3})")
_STOP_WORDS = STOP_WORDS["english"]
_GROUPED = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?")


class Token(NamedTuple):
    """A token in lower case, and whether it is a name that was written with a capital.

    What is quoted is one token with its quotation marks and capitals. US is another token than us.
    """

    text: str
    is_capital: bool = False


def tokens(question: str) -> list[Token]:
    """Return the tokens of a question that is not longer than QUESTION_CHARACTERS."""
    plain = unicodedata.normalize("NFC", stream_safe(_UNSEEN.sub("", question)))
    plain = plain.lower() if plain.isupper() else plain
    first, *others = [*_tokens(plain.translate(_LOOKS)), Token("")]
    found = [first._replace(is_capital=False), *others]
    return [token for token in found if token.text]


def _tokens(text: str) -> Iterator[Token]:
    start = 0
    for quoted in _QUOTED.finditer(text):
        yield from _plain_tokens(text[start : quoted.start()])
        yield Token(f'"{" ".join((quoted[1] or quoted[2]).split())}"')
        start = quoted.end()
    yield from _plain_tokens(text[start:])


def _plain_tokens(text: str) -> Iterator[Token]:
    for found in _TOKEN.findall(text):
        if found not in _MARKS:
            yield from map(_token, _parts(found))


def _parts(word: str) -> list[str]:
    """Return the number and the unit of a measure, or the words that hyphens join."""
    if measure := _MEASURE.fullmatch(word):
        return [measure[1], measure[2]]
    if _GROUPED.fullmatch(word):
        return [word.replace(",", "")]
    has_digits = any(each.isdigit() for each in word)
    return [word] if has_digits else [part for part in word.split("-") if part]


def _token(word: str) -> Token:
    folded = word.casefold()
    if folded not in _STOP_WORDS:
        return Token(folded, word[0].isupper())
    is_acronym = len(word) > 1 and word.isupper()
    return Token(word if is_acronym else folded, folded == "a" and word == "A")

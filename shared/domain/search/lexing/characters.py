"""Which characters make words, in any script, and the form in which texts are compared."""

import re
import unicodedata
from collections.abc import Iterator
from typing import ClassVar

from shared.domain.stream_safe import stream_safe

SLICE_CHARACTERS = 4 * 1024
"""Normalising a slice takes a few milliseconds at most, and holds the interpreter's lock."""
GROWTH_MAX = 4
"""Normalisation expands some characters to 18. The rest of a slice that grows more is left out."""
BORDER_CHARACTERS = 1024
"""A slice ends at white space if there is some among its last characters."""

_UNSPACED_BLOCKS = (
    *((0x0E00, 0x0FFF), (0x1000, 0x109F), (0x1100, 0x11FF), (0x1780, 0x17FF), (0x3005, 0x3007)),
    *((0x3040, 0x30FF), (0x3130, 0x318F), (0x31F0, 0x31FF), (0x3400, 0x4DBF), (0x4E00, 0x9FFF)),
    *((0xA960, 0xA97F), (0xAC00, 0xD7FF), (0xF900, 0xFAFF)),
)
"""Thai, Lao, Tibetan, Burmese, Hangul, Khmer, kana and Han: scripts without spaces."""
_RARE_HAN = "\U00020000-\U0003ffff"


def _kinds() -> str:
    """Return the kind of each character: L, N, M, or u in a script without spaces."""
    categories = (unicodedata.category(chr(code))[0] for code in range(0x20000))
    kinds = [kind if kind in "LNM" else " " for kind in categories]
    for first, last in _UNSPACED_BLOCKS:
        block = kinds[first : last + 1]
        kinds[first : last + 1] = ["u" if kind != " " else " " for kind in block]
    return "".join(kinds)


def _class_of(pattern: str, kinds: str) -> str:
    """Return the inside of a class of the characters whose kinds match."""
    runs = re.finditer(pattern, kinds)
    return "".join(f"{chr(run.start())}-{chr(run.end() - 1)}" for run in runs)


_KINDS = _kinds()
FIRST = _class_of("[LN]+", _KINDS)
"""Letters and digits, which a word begins with in scripts with spaces between words."""
SPACED = _class_of("[LNM]+", _KINDS)
"""Letters, digits and marks of such scripts."""
UNSPACED = _class_of("u+", _KINDS) + _RARE_HAN
"""Letters, digits and marks of scripts without spaces."""

IGNORED = (
    "\u00ad\u034f\u061c\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff"
    "\ufff9-\ufffb\U000e0000-\U000e0fff"
)
"""Characters that nobody sees: soft hyphens, joiners, directions and variation selectors."""
APOSTROPHES = "'\u2018\u2019\u201b\u02bc\u00b4\uff07\u05f3\u05f4"
_IGNORED = re.compile(f"[{IGNORED}]+")
_REPLACED = (
    dict.fromkeys(APOSTROPHES, "'")
    | dict.fromkeys("\u2010\u2011", "-")
    | dict.fromkeys("\u2122\u2120", " ")  # trade marks, which NFKC turns into letters
)
_TO_REPLACE = re.compile(f"[{''.join(_REPLACED)}]")


def normalized(text: str) -> str:
    """Return `text` in NFKC, with one kind of apostrophe and hyphen and without unseen characters.

    The time is linear in the length. Letters keep their case.
    """
    if text.isascii():
        return text
    seen = _TO_REPLACE.sub(lambda found: _REPLACED[found.group()], _IGNORED.sub("", text))
    return unicodedata.normalize("NFKC", stream_safe(seen))[: GROWTH_MAX * len(text)]


def slices(text: str) -> Iterator[str]:
    """Yield pieces of `text` that end at white space if there is some.

    Otherwise the next piece repeats the last character, so that each pair of characters is whole.
    """
    start = 0
    while len(text) - start > SLICE_CHARACTERS:
        end = _border(text, start + SLICE_CHARACTERS)
        yield text[start:end]
        start = end if text[end - 1].isspace() else end - 1
    yield text[start:]


def _border(text: str, furthest: int) -> int:
    for end in range(furthest, furthest - BORDER_CHARACTERS, -1):
        if text[end - 1].isspace():
            return end
    return furthest


_BASE_LETTERS = "ø:o ł:l đ:d ð:d ħ:h \u0131:i æ:ae œ:oe þ:th \u0640: \u0671:\u0627 й:й"


class _Folding(dict[int, str]):
    """The base letters of each character, computed when str.translate asks for them."""

    _MARKS = re.compile("[\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed]")
    _LETTERS: ClassVar[dict[str, str]] = dict(pair.split(":") for pair in _BASE_LETTERS.split())

    def __missing__(self, code: int) -> str:
        character = chr(code)
        known = self._LETTERS.get(character)
        base = unicodedata.normalize("NFD", character) if known is None else character
        self[code] = known if known is not None else self._MARKS.sub("", base)
        return self[code]


_FOLDING = _Folding()


def folded(word: str) -> str:
    """Return a word without accents and vowel signs.

    The signs of Indic and Thai scripts stay. They are no ornament, and й is a letter of its own.
    A word of nothing else stays as it is.
    """
    if word.isascii():
        return word
    composed = unicodedata.normalize("NFC", word)
    return unicodedata.normalize("NFC", composed.translate(_FOLDING)) or word

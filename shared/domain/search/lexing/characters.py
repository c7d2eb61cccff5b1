"""Which characters make words, in any script, and the form in which texts are compared."""

import re
import unicodedata
from collections.abc import Iterator
from typing import ClassVar, NamedTuple

from shared.domain.stream_safe import stream_safe

SLICE_CHARACTERS = 4 * 1024
"""Normalising a slice takes a few milliseconds at most, and holds the interpreter's lock."""
GROWTH_MAX = 4
"""Normalisation expands some characters to 18. The rest of a slice that grows more is left out."""
BORDER_CHARACTERS = 1024
"""A slice ends between two words if there is such a place among its last characters."""

_UNSPACED_BLOCKS = (
    *((0x0E00, 0x0FFF), (0x1000, 0x109F), (0x1100, 0x11FF), (0x1780, 0x17FF), (0x1980, 0x19FF)),
    *((0x1A20, 0x1AAF), (0x1B00, 0x1B7F), (0x3005, 0x3007), (0x3040, 0x312F), (0x3130, 0x318F)),
    *((0x31A0, 0x31BF), (0x31F0, 0x31FF), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xA000, 0xA4CF)),
    *((0xA960, 0xA9FF), (0xAA60, 0xAADF), (0xAC00, 0xD7FF), (0xF900, 0xFAFF), (0x1B000, 0x1B16F)),
)
"""Thai, Lao, Tibetan, Burmese, Hangul, Khmer, Tai, Balinese, Javanese, kana, Bopomofo, Han and Yi:
scripts without spaces."""
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
DIVIDERS = r"/:@\\&=?#+%$"
"""What divides a compound first, for a character class."""
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


class Slice(NamedTuple):
    """A piece of a text, and whether the next one repeats its last character."""

    text: str
    is_repeated: bool


_JOINERS = DIVIDERS + "._" + APOSTROPHES + "\u2010\u2011-"
_WIDE_JOINERS = (
    "\uff0f\uff1a\uff20\uff3c\uff06\uff1d\uff1f\uff03\uff0b\uff05\uff04\uff0e\uff3f\uff0d"
)
_IN_RUN = f"{SPACED}{UNSPACED}{IGNORED}{_WIDE_JOINERS}{_JOINERS}"
_BETWEEN_WORDS = tuple(
    re.compile(f".*[{each}]", re.DOTALL) for each in (r"\s", f"^{_IN_RUN}", DIVIDERS, _JOINERS)
)
"""A slice ends with the first of these that is among its last characters."""
_UNSPACED = re.compile(f"[{UNSPACED}]")


def slices(text: str) -> Iterator[Slice]:
    """Yield pieces of `text` that end between two words if they can.

    In a script without spaces, the next piece repeats the last character, so that each pair of
    characters is whole.
    """
    start = 0
    while len(text) - start > SLICE_CHARACTERS:
        end = _border(text, start + SLICE_CHARACTERS)
        is_repeated = _is_unspaced(text[end - 1]) and _is_unspaced(text[end])
        yield Slice(text[start:end], is_repeated)
        start = end - is_repeated
    yield Slice(text[start:], is_repeated=False)


def _border(text: str, furthest: int) -> int:
    first = furthest - BORDER_CHARACTERS
    last = text[first:furthest]
    found = (border.match(last) for border in _BETWEEN_WORDS)
    return next((first + match.end() for match in found if match), furthest)


def _is_unspaced(character: str) -> bool:
    return _UNSPACED.fullmatch(normalized(character)) is not None


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

"""Divides a run without white space into words: the whole and its parts."""

import re
import string
import unicodedata
from collections.abc import Container, Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from shared.domain.search.lexing.characters import DIVIDERS, FIRST, SPACED, UNSPACED

WORD_CHARACTERS = 64
"""A longer word is cut. A SHA-256 in hexadecimal has this length."""
CACHED_PARTS = 8 * 1024

_AROUND = "".join(each for each in string.punctuation if each not in "+#")
_WORD = f"[{FIRST}][{SPACED}]*"
_JOINERS = f"(?:[{DIVIDERS}'_]{{1,3}}|[.-])"
_SEGMENT = re.compile(f"(?P<unspaced>[{UNSPACED}]+)|{_WORD}(?:{_JOINERS}{_WORD})*(?:[+#]{{1,2}})?")
_CUT = re.compile(f".{{1,{WORD_CHARACTERS}}}", re.DOTALL)
# A compound is divided at the strongest separators first.
_LEVELS = tuple(re.compile(each) for each in (f"[{DIVIDERS}]+", r"\.", "-", "_+"))
_DOTS = 1
_VERSION = re.compile(r"v(?=\d)")
_HUMP = re.compile("(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


class Place(NamedTuple):
    """A position of a text, and what stands there.

    `word` is stemmed, unless its script has no spaces. `spellings` are other forms of it: O'Brien
    is brien, o'brien and obrien. A document is found by `parts` too. `wholes` are compounds that
    begin here, and are never stemmed.
    """

    word: str
    spellings: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    wholes: tuple[str, ...] = ()
    spaced: bool = True

    def is_among(self, words: Container[str]) -> bool:
        """Return whether the word, or the spelling with an apostrophe, is one of `words`."""
        return self.word in words or (bool(self.spellings) and self.spellings[0] in words)


def places(run: str) -> list[Place]:
    """Return the words of a normalised run in order."""
    core = run.strip(_AROUND)
    if core.isalnum() and core.isascii():
        return _leaf(core)
    return [place for match in _SEGMENT.finditer(run) for place in _segment(match)]


def _segment(match: re.Match[str]) -> Sequence[Place]:
    text = match.group()
    return list(_pairs(text)) if match["unspaced"] else _compound(text, 0)


def _pairs(text: str) -> Iterator[Place]:
    """Yield each pair of adjacent characters. In a document, each character is found alone too."""
    for first, second in pairwise(text):
        yield Place(first + second, parts=(first,), spaced=False)
    if len(text) == 1:
        yield Place(text, spaced=False)
    else:
        yield Place("", parts=(text[-1],), spaced=False)


def _compound(text: str, level: int) -> Sequence[Place]:
    """Return the places of a compound's parts. The whole stands at the first of them."""
    is_short = len(text) <= WORD_CHARACTERS
    return _cached_parts(text, level) if is_short else _parts(text, level)


def _parts(text: str, level: int) -> Sequence[Place]:
    if level == len(_LEVELS) or text.isalnum():
        return _leaf(text)
    parts = [part for part in _LEVELS[level].split(text) if part]
    if parts == [text]:
        return _compound(text, level + 1)
    found = [place for part in parts for place in _compound(part, level + 1)]
    wholes = [text, *(_dotted(parts) if level == _DOTS else ())]
    return [_with_wholes(found[0], wholes), *found[1:]] if found else []


_cached_parts = lru_cache(CACHED_PARTS)(_parts)


def _dotted(parts: list[str]) -> Iterator[str]:
    """Yield a file's name without its extension, a host without its first part, and U.S. as US."""
    if len(parts) > 2:
        yield ".".join(parts[:-1])
        yield ".".join(parts[1:])
    if all(len(part) == 1 for part in parts):
        yield "".join(parts)


def _with_wholes(place: Place, wholes: list[str]) -> Place:
    added = [_cased(whole) for whole in wholes if len(whole) <= WORD_CHARACTERS]
    added += [_VERSION.sub("", whole, 1) for whole in added if _VERSION.match(whole)]
    return place._replace(wholes=(*place.wholes, *added))


def _cased(text: str) -> str:
    """Return `text` in the form in which case does not matter."""
    return text.lower() if text.isascii() else unicodedata.normalize("NFC", text.casefold())


def _leaf(text: str) -> list[Place]:
    """Return the place of a word, which may have apostrophes. A longer word has several."""
    if len(text) <= WORD_CHARACTERS:
        return _word(text)
    return [place for piece in _CUT.findall(text) for place in _word(piece)]


def _word(text: str) -> list[Place]:
    word = _cased(text)
    if "'" in word:
        return _with_apostrophes([part for part in word.split("'") if part])
    if word[0] == "v" and _VERSION.match(word):
        return [Place(word, parts=(word[1:],))]
    return [Place(word, parts=_humps(text))]


def _with_apostrophes(parts: list[str]) -> list[Place]:
    if len(parts) < 2:
        return [Place(part) for part in parts]
    longest = max(reversed(parts), key=len)
    return [Place(longest, ("'".join(parts), "".join(parts)), tuple(parts))]


def _humps(text: str) -> tuple[str, ...]:
    """Return the parts of a name such as parseHttpRequest."""
    if text[1:].islower() or not text.isascii():
        return ()
    humps = _HUMP.split(text)
    return tuple(map(str.lower, humps)) if len(humps) > 1 else ()

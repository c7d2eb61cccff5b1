"""Prepares a text for PostgreSQL's parser, whose time grows with the square of some texts.

The parser looks ahead to the end of a run without white space, and past any `<`. Normalisation
sorts a run of combining marks by insertion. So runs are broken and `<` is replaced before either
sees the text. Documents and queries are prepared alike, and are found by the same words.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from shared.domain.search.unsegmented_scripts import (
    UNSEGMENTED,
    unsegmented_part,
    without_unsegmented,
)
from shared.domain.stream_safe import MARK, stream_safe

LEXING = 1
"""The version of the rules that make a document's lexemes, here and in SQL.

Increase it with every change of the rules. Workers then recompute the lexemes of all texts.
"""
RUN_CHARACTERS = 50
"""A longer run without white space is broken at its punctuation."""
WORD_CHARACTERS = 64
"""A longer word is cut. A SHA-256 in hexadecimal has this length."""
GROWTH_MAX = 4
"""Normalisation expands some characters to 18. The rest of a text that grows more is left out."""
SLICE_CHARACTERS = 4 * 1024
"""Preparing a slice takes a few milliseconds at most, and holds the interpreter's lock."""

QUERY_CHARACTERS = 4000
"""The words of a longer query are left out. It is parsed for each language."""

_TAG = re.compile("</?")
_LONG_RUN = re.compile(f"[^\\t-\\r {UNSEGMENTED}]{{{RUN_CHARACTERS + 1},}}")
# PostgreSQL's parser knows parts of URLs, addresses and numbers, so the punctuation within them
# breaks a run only if its parts are still too long.
_SEPARATORS = tuple(
    re.compile(separators) for separators in (f"[^\\w.@{MARK}-]+", "[_@]+", r"\.+", "-+")
)
_WORD = re.compile(f".{{1,{WORD_CHARACTERS}}}", re.DOTALL)


@dataclass(frozen=True, slots=True)
class QueryWords:
    """What is searched for by words: in scripts with spaces, and in scripts without."""

    spaced: str
    unsegmented: str


def searchable_text(text: str) -> str:
    """Return the text that PostgreSQL parses in place of `text`, in time linear in its length.

    Most texts are returned as they are.
    """
    return "".join(map(_searchable, _slices(text)))


def query_words(query: str) -> QueryWords:
    """Return the words of a query, normalised and broken as those of documents are."""
    words = _broken(_normalized(query[:QUERY_CHARACTERS]))[:QUERY_CHARACTERS]
    return QueryWords(without_unsegmented(words), unsegmented_part(words))


def _slices(text: str) -> Iterator[str]:
    """Yield pieces that end at a space if there is one."""
    start = 0
    while len(text) - start > SLICE_CHARACTERS:
        furthest = start + SLICE_CHARACTERS
        end = text.rfind(" ", start, furthest) + 1 or furthest
        yield text[start:end]
        start = end
    yield text[start:]


def _searchable(part: str) -> str:
    """Return `part` as it is where only PostgreSQL's own normalisation changes it."""
    safe = stream_safe(part)
    normalized = safe if safe.isascii() else unicodedata.normalize("NFKC", safe)
    broken = _broken(normalized[: GROWTH_MAX * len(part)])
    return safe if broken == normalized else broken


def _normalized(part: str) -> str:
    return unicodedata.normalize("NFKC", stream_safe(part))[: GROWTH_MAX * len(part)]


def _broken(text: str) -> str:
    return _LONG_RUN.sub(_words, _TAG.sub(" ", text))


def _words(run: re.Match[str]) -> str:
    parts = [run.group()]
    for separators in _SEPARATORS:
        parts = [piece for part in parts for piece in _split(part, separators.split)]
    return " ".join(word for part in parts for word in _WORD.findall(part))


def _split(part: str, split: Callable[[str], list[str]]) -> list[str]:
    return split(part) if len(part) > RUN_CHARACTERS else [part]

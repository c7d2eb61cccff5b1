"""The part of each hit's passage near the query's words, which is all that is looked at closely."""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Sequence
from typing import NamedTuple

from shared.domain.refs import DocumentRef
from shared.domain.search.query import Hit, HitPage, Passage
from shared.domain.search.snippets.excerpts import is_sentence_border
from shared.domain.search.snippets.matching import Lexemes, Match, matches, wanted_lexemes
from shared.domain.search.snippets.readable import Readable
from shared.domain.search.snippets.regions import region
from shared.domain.stream_safe import JOINER, stream_safe

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


class NearWords:
    """Finds the query's words in the hits of a page. Each passage is looked through once."""

    def __init__(self, page: HitPage) -> None:
        languages = {hit.passage.language for hit in page.hits}
        self.lexemes = {each: wanted_lexemes(page.terms, page.weights, each) for each in languages}
        self._parts: dict[DocumentRef, Part] = {}

    def lexemes_of(self, hit: Hit) -> Lexemes:
        """Return the lexemes that are looked for in a hit."""
        return self.lexemes[hit.passage.language]

    def part(self, hit: Hit) -> "Part":
        """Return the part of a hit's passage that has the rarest words, or else its beginning."""
        if hit.ref not in self._parts:
            self._parts[hit.ref] = part_of(hit.passage, self.lexemes_of(hit))
        return self._parts[hit.ref]


class Part(NamedTuple):
    """A part of a passage as it is shown, and the matches in it.

    `written` is the text as the document writes it, from `start` on in `readable`. `begins` and
    `ends` say whether a sentence or the content does so with the part.
    """

    text: str
    found: Sequence[Match]
    begins: bool
    ends: bool
    written: str
    start: int
    readable: Readable
    passage: Passage

    def origin(self, offset: int) -> int:
        """Return where the character at `offset` is in the content."""
        if self.text != self.written:
            offset = _written_offset(self.written, offset)
        return self.passage.start + self.readable.origin(self.start + offset)


def part_of(passage: Passage, lexemes: Lexemes) -> Part:
    """Return the part of a passage that has the rarest words, or else its beginning."""
    readable = Readable(passage.text)
    text = readable.text
    start, end = region(text, lexemes)
    written = without_controls(text[start:end])
    shown = _composed(written)
    begins = is_sentence_border(text, start) if start else passage.is_start
    ends = is_sentence_border(text, end) if end < len(text) else passage.is_end
    found = matches(shown, lexemes)
    return Part(shown, found, begins, ends, written, start, readable, passage)


def without_controls(text: str) -> str:
    """Return a text with a space for each control character."""
    return _CONTROL.sub(" ", text)


def _composed(text: str) -> str:
    """Return a text with composed accents."""
    if unicodedata.is_normalized("NFC", text):  # takes linear time, unlike normalisation
        return text
    return unicodedata.normalize("NFC", stream_safe(text)).replace(JOINER, "")


def _written_offset(text: str, offset: int) -> int:
    """Return where the character at `offset` of the composed text begins in `text`."""
    ends = range(len(text) + 1)
    return bisect_right(ends, offset, key=lambda end: len(_composed(text[:end]))) - 1

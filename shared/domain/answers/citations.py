"""Turns what a model writes into an answer whose citations are true.

The model only names numbers. The quotation is taken from the source, so it is verbatim. Words that
the model puts between quotation marks are looked up in the sources.
"""

import re
from collections.abc import Iterator, Sequence
from functools import cache

from shared.domain.answers.events import Citation, CitationCounts, CitationKind, Delta
from shared.domain.answers.findable import EDGES, FindableText, quoted_parts
from shared.domain.answers.prompt import NONE
from shared.domain.answers.quotations import MARKS, Quotations
from shared.domain.answers.sources import Source
from shared.domain.answers.support import ClaimedText
from shared.domain.search.snippets.excerpts import sentence_borders

MARKER_CHARACTERS = 32
"""A bracket that is not closed by then, or on its line, is text."""
CLAIM_CHARACTERS = 1000

_SPACES = r"[^\S\n]*"
_NUMBERS = rf"\d{{1,6}}(?:{_SPACES}(?:,|;|&|and|-|–){_SPACES}\d{{1,6}})*"  # noqa: RUF001
_MARKER = re.compile(
    rf"[\[【]{_SPACES}(?:sources?|src|no\.?|#|\^)?{_SPACES}({_NUMBERS}){_SPACES}[\]】]",
    re.IGNORECASE,
)
_OWN_MARKER = re.compile(r" ?\[\d+\]")
_RANGE = re.compile(r"(\d+)(?:\s*[-–]\s*(\d+))?")  # noqa: RUF001

Piece = Delta | Citation


class CitationStream:
    """Takes the pieces that a model writes, and gives those of the answer with its citations."""

    def __init__(self, question: str, sources: Sequence[Source]) -> None:
        self.counts = CitationCounts()
        self.says_none = False
        """Whether the model said that the sources do not hold the answer."""
        self._question = question
        self._sources = {source.number: source for source in sources}
        self._held = ""
        self._text = ""
        self._claim_start = 0
        self._quotations = Quotations()
        self._claimed = cache(lambda number: ClaimedText(self._sources[number].passage.text))
        self._findable = cache(lambda number: FindableText(self._sources[number].passage.text))

    @property
    def text(self) -> str:
        """The answer so far."""
        return self._text

    def feed(self, piece: str) -> Iterator[Piece]:
        """Yield what is certain after another piece."""
        self._held += piece
        if not self._text and self._may_be_none():
            return
        yield from self._advance(is_end=False)

    def end(self) -> Iterator[Piece]:
        """Yield the rest."""
        if self.says_none:
            return
        if not self._text and self._held.strip(EDGES + "*[]()") == NONE:
            self.says_none = True
            return
        yield from self._advance(is_end=True)
        yield from self._quoted(is_end=True)

    def _may_be_none(self) -> bool:
        """Return whether the answer may only be that there is none, or certainly is."""
        start = self._held.lstrip(EDGES + "*[]()")
        if start.startswith(NONE) and not start[len(NONE) : len(NONE) + 1].isalnum():
            self.says_none = len(start) > len(NONE)
            return True
        return NONE.startswith(start)

    def _advance(self, *, is_end: bool) -> Iterator[Piece]:
        if not self._text:
            self._held = self._held.lstrip()
        while self._held:
            at = _first_bracket(self._held)
            yield from self._say(self._held[:at], keep_spaces=not is_end or at < len(self._held))
            if not self._held.lstrip():
                break
            marker = _MARKER.match(self._held.lstrip()[:MARKER_CHARACTERS])
            if marker:
                yield from self._cite(marker)
            elif not is_end and _is_open(self._held.lstrip()):
                return
            else:
                yield from self._say_bracket()
        if is_end:
            self._held = ""

    def _say(self, text: str, *, keep_spaces: bool) -> Iterator[Piece]:
        """Say a text, and keep the spaces at its end, because a number behind them may go."""
        said = text.rstrip() if keep_spaces else text
        self._held = self._held[len(said) :]
        yield from self._append(said)

    def _say_bracket(self) -> Iterator[Piece]:
        length = len(self._held) - len(self._held.lstrip()) + 1
        said, self._held = self._held[:length], self._held[length:]
        yield from self._append(said)

    def _append(self, text: str) -> Iterator[Piece]:
        if not text:
            return
        self._text += text
        yield Delta(text)
        yield from self._quoted(is_end=False)

    def _cite(self, marker: re.Match[str]) -> Iterator[Piece]:
        spaces = self._held[: len(self._held) - len(self._held.lstrip())]
        self._held = self._held.lstrip()[marker.end() :]
        numbers = list(self._numbers(marker[1]))
        if not numbers:
            return
        claim = self._claim()
        for number in numbers:
            start = len(self._text) + len(spaces)
            yield from self._append(f"{spaces}[{number}]")
            yield self._reference(number, claim, start)
            spaces = ""
        self._claim_start = len(self._text)

    def _numbers(self, listed: str) -> Iterator[int]:
        """Yield the numbers of sources. The others are removed and counted."""
        for found in _RANGE.finditer(listed):
            first, last = int(found[1]), int(found[2] or found[1])
            known = [number for number in self._sources if first <= number <= last]
            self.counts.removed += not known
            yield from known

    def _claim(self) -> str:
        """Return what the next number supports: the sentence, or its part after the last number."""
        tail = self._text[max(0, len(self._text) - CLAIM_CHARACTERS) :]
        borders = [0, *sentence_borders(tail.rstrip())[:-1]] if tail.strip() else [0]
        sentence = tail[borders[-1] :]
        since = self._text[self._claim_start :]
        claim = since if len(since) < len(sentence) and since.strip(EDGES) else sentence
        return claim if claim.strip(EDGES) else self._question

    def _reference(self, number: int, claim: str, start: int) -> Citation:
        self.counts.references += 1
        (first, last), support = self._claimed(number).best(claim)
        source = self._sources[number]
        offset = source.passage.start
        return Citation(
            CitationKind.REFERENCE,
            start,
            len(self._text),
            source,
            offset + first,
            offset + last,
            round(support, 2),
        )

    def _quoted(self, *, is_end: bool) -> Iterator[Citation]:
        """Yield the quotations that have ended since the last one."""
        for start, end in self._quotations.ended(self._text, is_end=is_end):
            if self._text[start:end].strip(EDGES + MARKS):
                yield self._quotation(start, end)

    def _quotation(self, start: int, end: int) -> Citation:
        self.counts.quotations += 1
        parts = quoted_parts(_OWN_MARKER.sub("", self._text[start:end]))
        for number, source in self._sources.items():
            if place := self._findable(number).find(parts):
                first, last = (source.passage.start + each for each in place)
                kind = CitationKind.QUOTATION
                return Citation(kind, start, end, source, first, last, 1.0)
        self.counts.unverified += 1
        return Citation(CitationKind.QUOTATION, start, end)


def _first_bracket(text: str) -> int:
    """Return where the first square bracket is, or the end of the text."""
    places = [at for at in (text.find("["), text.find("【")) if at >= 0]
    return min(places, default=len(text))


def _is_open(text: str) -> bool:
    """Return whether more text could make a marker of this."""
    return len(text) < MARKER_CHARACTERS and not any(each in text for each in "]】\n")

"""Split a text into spans that fit a model, with cuts that stay the same when other parts change.

A span is a run of sentences. Among the cuts that leave it at least half full, the end of a
paragraph is preferred, then the end of a line, then the end of a sentence. Of equal cuts the one
whose next sentence has the smallest hash wins. The choice depends on the nearby text only, so an
edit changes only the spans around it. Filling every span would move all the cuts after an edit.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from zlib import crc32

from shared.domain.embedding.tokens import CountTokens

OVERLAP = 8
"""A span begins with whole sentences of the one before, up to 1/OVERLAP of the size limit."""

CHARACTERS_PER_TOKEN = 8
"""Few texts have more. A text within this ratio is counted as a whole first, as most fit."""

_BREAK = re.compile(
    r"(?P<paragraph>\n[^\S\n]*\n\s*)|(?P<line>\n\s*)"
    r"|(?P<sentence>[.!?…][\"'”’)\]]*\s+|[。！？｡।][”’」』）]*\s*)"  # noqa: RUF001 - full stops of other scripts
)
_STRENGTH = {"paragraph": 2, "line": 1, "sentence": 0}
_WORD = re.compile(r"\S+\s*|\s+")


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of a text by its offsets in characters."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Sentence:
    """A sentence or a part of a long one; `strength` ranks the break before it."""

    start: int
    end: int
    tokens: int
    strength: int


def split(text: str, max_tokens: int, count: CountTokens) -> list[Span]:
    """Return overlapping spans of at most `max_tokens` each that cover the whole text."""
    may_fit = len(text) <= CHARACTERS_PER_TOKEN * max_tokens
    if may_fit and count(text) <= max_tokens:
        return [Span(0, len(text))]
    cuttable = _Text(text, list(_sentences(text, max_tokens, count)))
    # The parts of a cut word count more than the word, so a text may fit though the sum does not.
    # Long texts are not counted again, because that takes long.
    if not may_fit and cuttable.sums[-1] <= 2 * max_tokens and count(text) <= max_tokens:
        return [Span(0, len(text))]
    return list(_spans(cuttable, max_tokens, count))


def _spans(text: "_Text", max_tokens: int, count: CountTokens) -> Iterator[Span]:
    start, first = -1, 0
    while first < len(text.sentences):
        room, earliest = max_tokens, start + 1
        start, end = text.sentences_of_span(earliest, first, room)
        while text.has_cut_words(start, end):
            tokens = count(text.joined(start, end))
            if tokens <= max_tokens or not room:
                break
            room = min(room * 3 // 4, room * max_tokens // tokens)
            start, end = text.sentences_of_span(earliest, first, room)
        yield Span(text.sentences[start].start, text.sentences[end - 1].end)
        first = end


class _Text:
    """A text as sentences; `sums[n]` is the number of tokens before sentence n."""

    def __init__(self, text: str, sentences: Sequence[_Sentence]) -> None:
        self._text = text
        self.sentences = sentences
        self.sums = [0, *accumulate(sentence.tokens for sentence in sentences)]

    def sentences_of_span(self, earliest: int, first: int, room: int) -> tuple[int, int]:
        """Return the sentence that a span begins with, and the one behind it.

        Sentences before `first`, from `earliest` on, may be repeated from the span before.
        """
        overlap = room // OVERLAP if first else 0
        repeated = bisect_right(self.sums, self.sums[first] - overlap - 1)
        start = max(earliest, min(first, repeated)) if first else 0
        return start, self._next_cut(first, room - overlap)

    def has_cut_words(self, start: int, end: int) -> bool:
        """Return whether parts of a word are joined, which may count less than the word."""
        is_cut = (sentence.strength < 0 for sentence in self.sentences[start:end])
        return end - start > 1 and any(is_cut)

    def joined(self, start: int, end: int) -> str:
        return self._text[self.sentences[start].start : self.sentences[end - 1].end]

    def _next_cut(self, first: int, limit: int) -> int:
        """Return the index after the last sentence of the span that begins at sentence `first`."""
        furthest = max(first + 1, bisect_right(self.sums, self.sums[first] + limit) - 1)
        if furthest == len(self.sentences):
            return furthest
        nearest = max(first + 1, bisect_right(self.sums, self.sums[first] + limit // 2))
        return max(range(min(nearest, furthest), furthest + 1), key=self._preference)

    def _preference(self, index: int) -> tuple[int, int]:
        return self.sentences[index].strength, -crc32(self.joined(index, index + 1).encode())


def _sentences(text: str, max_tokens: int, count: CountTokens) -> Iterator[_Sentence]:
    start, strength = 0, 2
    for match in _BREAK.finditer(text):
        yield from _pieces(text, Span(start, match.end()), strength, max_tokens, count)
        start, strength = match.end(), _STRENGTH[match.lastgroup or "sentence"]
    if start < len(text):
        yield from _pieces(text, Span(start, len(text)), strength, max_tokens, count)


def _pieces(
    text: str, span: Span, strength: int, max_tokens: int, count: CountTokens
) -> Iterator[_Sentence]:
    """Yield a sentence, or pieces of at most a quarter span if it exceeds half a span."""
    tokens = count(text[span.start : span.end])
    if tokens <= max_tokens // 2:
        yield _Sentence(span.start, span.end, tokens, strength)
        return
    for piece in _word_groups(text, span, max(1, max_tokens // 4), count):
        yield _Sentence(piece.start, piece.end, count(text[piece.start : piece.end]), strength)
        strength = -1


def _word_groups(text: str, span: Span, max_tokens: int, count: CountTokens) -> Iterator[Span]:
    """Yield groups of words of at most `max_tokens`; a longer word is halved until it fits."""
    start, size = span.start, 0
    for match in _WORD.finditer(text, span.start, span.end):
        tokens = count(match.group())
        if size and size + tokens > max_tokens:
            yield Span(start, match.start())
            start, size = match.start(), 0
        if tokens > max_tokens:
            *full, rest = _halves(text, Span(start, match.end()), max_tokens, count)
            yield from full
            start, tokens = rest.start, count(text[rest.start : rest.end])
        size += tokens
    if start < span.end:
        yield Span(start, span.end)


def _halves(text: str, span: Span, max_tokens: int, count: CountTokens) -> list[Span]:
    length = span.end - span.start
    may_fit = length <= CHARACTERS_PER_TOKEN * max_tokens
    if length == 1 or (may_fit and count(text[span.start : span.end]) <= max_tokens):
        return [span]
    middle = (span.start + span.end) // 2
    left = _halves(text, Span(span.start, middle), max_tokens, count)
    return left + _halves(text, Span(middle, span.end), max_tokens, count)

"""Split a text for a model that reads only so much, at places which an edit elsewhere leaves alone.

A span is a run of sentences. Where one ends is chosen by the text around the cut alone: among
the places that fill it at least by half, a paragraph's end goes before a sentence's, that
before a mere line's, and of equals the one whose next sentence has the smallest hash. So after
an edit the cuts fall soon on the same sentences as before, and only the spans at the edit are
new; filling every one to the brim would move all cuts that follow.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from zlib import crc32

from shared.domain.embedding.tokens import CountTokens

OVERLAP = 8
"""A span repeats whole sentences before its cut, up to one part in OVERLAP of its size."""

CHARACTERS_PER_TOKEN = 8
"""Few texts have more. Whether one of fewer fits is asked first, for most documents are short."""

_BREAK = re.compile(
    r"(?P<paragraph>\n[^\S\n]*\n\s*)|(?P<line>\n\s*)"
    r"|(?P<sentence>[.!?…][\"'”’)\]]*\s+|[。！？｡।][”’」』）]*\s*)"  # noqa: RUF001 - sentence ends elsewhere
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
    """A sentence, or a part of an endless one; `strength` is that of the break before it."""

    start: int
    end: int
    tokens: int
    strength: int


def split(text: str, max_tokens: int, count: CountTokens) -> list[Span]:
    """Return spans of at most `max_tokens` each that cover the text from end to end."""
    may_fit = len(text) <= CHARACTERS_PER_TOKEN * max_tokens
    if may_fit and count(text) <= max_tokens:
        return [Span(0, len(text))]
    sentences = list(_sentences(text, max_tokens, count))
    sums = [0, *accumulate(sentence.tokens for sentence in sentences)]
    # A word cut in two counts more than it did whole, so the sum alone can't tell; it can for
    # long texts, which to count once more would take long.
    if not may_fit and sums[-1] <= 2 * max_tokens and count(text) <= max_tokens:
        return [Span(0, len(text))]
    overlap = max_tokens // OVERLAP
    spans, first = [], 0
    while first < len(sentences):
        last = _next_cut(text, sentences, sums, first, max_tokens - (overlap if first else 0))
        repeated = _overlapped(sums, first, overlap)
        spans.append(Span(sentences[repeated].start, sentences[last - 1].end))
        first = last
    return spans


def _next_cut(
    text: str, sentences: Sequence[_Sentence], sums: Sequence[int], first: int, room: int
) -> int:
    """Return the index of the sentence that begins the span after the one from `first`."""
    furthest = max(first + 1, bisect_right(sums, sums[first] + room) - 1)
    if furthest == len(sentences):
        return furthest
    nearest = max(first + 1, bisect_right(sums, sums[first] + room // 2))
    places = range(min(nearest, furthest), furthest + 1)
    return max(places, key=lambda place: _preference(text, sentences[place]))


def _preference(text: str, sentence: _Sentence) -> tuple[int, int]:
    return sentence.strength, -crc32(text[sentence.start : sentence.end].encode())


def _overlapped(sums: Sequence[int], first: int, overlap: int) -> int:
    """Return the sentence that a span begins with, so that it repeats what led to its own."""
    return min(first, bisect_right(sums, sums[first] - overlap - 1)) if first else 0


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
    """Give a sentence whole, or what is too long for one span in pieces of a quarter of one."""
    tokens = count(text[span.start : span.end])
    if tokens <= max_tokens // 2:
        yield _Sentence(span.start, span.end, tokens, strength)
        return
    for piece in _words(text, span, max(1, max_tokens // 4), count):
        yield _Sentence(piece.start, piece.end, count(text[piece.start : piece.end]), strength)
        strength = -1


def _words(text: str, span: Span, max_tokens: int, count: CountTokens) -> Iterator[Span]:
    """Gather words until they fill a piece; a word that is too long is cut anywhere."""
    start, held = span.start, 0
    for match in _WORD.finditer(text, span.start, span.end):
        tokens = count(match.group())
        if held and held + tokens > max_tokens:
            yield Span(start, match.start())
            start, held = match.start(), 0
        if tokens > max_tokens:
            *whole, rest = _halves(text, Span(start, match.end()), max_tokens, count)
            yield from whole
            start, tokens = rest.start, count(text[rest.start : rest.end])
        held += tokens
    if start < span.end:
        yield Span(start, span.end)


def _halves(text: str, span: Span, max_tokens: int, count: CountTokens) -> list[Span]:
    if span.end - span.start == 1 or count(text[span.start : span.end]) <= max_tokens:
        return [span]
    middle = (span.start + span.end) // 2
    left = _halves(text, Span(span.start, middle), max_tokens, count)
    return left + _halves(text, Span(middle, span.end), max_tokens, count)

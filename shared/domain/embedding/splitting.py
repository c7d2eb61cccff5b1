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
    sentences = list(_sentences(text, max_tokens, count))
    sums = [0, *accumulate(sentence.tokens for sentence in sentences)]
    # The parts of a cut word count more than the word, so a text may fit though the sum does not.
    # Long texts are not counted again, because that takes long.
    if not may_fit and sums[-1] <= 2 * max_tokens and count(text) <= max_tokens:
        return [Span(0, len(text))]
    return list(_spans(text, sentences, sums, max_tokens))


def _spans(
    text: str, sentences: Sequence[_Sentence], sums: Sequence[int], max_tokens: int
) -> Iterator[Span]:
    """Yield the spans; `sums[n]` is the number of tokens before sentence n."""
    overlap = max_tokens // OVERLAP
    first = 0
    while first < len(sentences):
        limit = max_tokens - (overlap if first else 0)
        end = _next_cut(text, sentences, sums, first, limit)
        overlapping = _overlap_start(sums, first, overlap)
        yield Span(sentences[overlapping].start, sentences[end - 1].end)
        first = end


def _next_cut(
    text: str, sentences: Sequence[_Sentence], sums: Sequence[int], first: int, limit: int
) -> int:
    """Return the index after the last sentence of the span that begins at sentence `first`."""
    furthest = max(first + 1, bisect_right(sums, sums[first] + limit) - 1)
    if furthest == len(sentences):
        return furthest
    nearest = max(first + 1, bisect_right(sums, sums[first] + limit // 2))
    candidates = range(min(nearest, furthest), furthest + 1)
    return max(candidates, key=lambda index: _preference(text, sentences[index]))


def _preference(text: str, sentence: _Sentence) -> tuple[int, int]:
    return sentence.strength, -crc32(text[sentence.start : sentence.end].encode())


def _overlap_start(sums: Sequence[int], first: int, overlap: int) -> int:
    """Return the index of the sentence that a span begins with, `overlap` tokens before its own."""
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
    if span.end - span.start == 1 or count(text[span.start : span.end]) <= max_tokens:
        return [span]
    middle = (span.start + span.end) // 2
    left = _halves(text, Span(span.start, middle), max_tokens, count)
    return left + _halves(text, Span(middle, span.end), max_tokens, count)

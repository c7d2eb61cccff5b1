"""Finds the sentence of a source that supports a claim."""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise

from shared.domain.answers.content_words import content_words
from shared.domain.search.snippets.excerpts import sentence_borders

SENTENCE_CHARACTERS = 600

Span = tuple[int, int]


def sentence_spans(text: str) -> Iterator[Span]:
    """Yield the sentences without the white space around them.

    A line or a full stop is no end if a small letter follows: many texts are wrapped, and
    abbreviations have full stops.
    """
    held: Span | None = None
    for start, end in _pieces(text):
        if held and _goes_on(text, held, start) and end - held[0] <= SENTENCE_CHARACTERS:
            held = (held[0], end)
            continue
        if held:
            yield held
        held = (start, end)
    if held:
        yield held


def _pieces(text: str) -> Iterator[Span]:
    for start, end in pairwise(sentence_borders(text)):
        piece = text[start:end]
        if piece.strip():
            yield start + len(piece) - len(piece.lstrip()), start + len(piece.rstrip())


def _goes_on(text: str, before: Span, start: int) -> bool:
    gap = text[before[1] : start]
    return gap.count("\n") < 2 and text[start].islower() and text[before[1] - 1] not in "!?"


class ClaimedText:
    """The sentences of a source, with their words."""

    def __init__(self, text: str) -> None:
        self._spans: Sequence[Span] = list(sentence_spans(text)) or [(0, len(text))]
        self._words = [Counter(content_words(text[start:end])) for start, end in self._spans]
        self._all = frozenset(word for words in self._words for word in words)

    def best(self, claim: str) -> tuple[Span, float]:
        """Return the sentence with most of the claim's words, and the part that the text has."""
        wanted = set(content_words(claim))
        found = [sum(word in words for word in wanted) for words in self._words]
        most = found.index(max(found))
        share = len(wanted & self._all) / len(wanted) if wanted else 0.0
        return self._spans[most], share

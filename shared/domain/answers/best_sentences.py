"""An answer without a chat model: the sentences of the sources that have most of the question."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from shared.domain.answers.content_words import content_words
from shared.domain.answers.events import Citation, CitationKind
from shared.domain.answers.sources import Source
from shared.domain.answers.support import SENTENCE_CHARACTERS, Span, sentence_spans
from shared.domain.search.relevance import Relevance

SENTENCES = 4
CHARACTERS = 900
RANK_WEIGHT = 0.15
"""How much of a sentence's score each rank of its source takes."""
SCORE_SHARE = 0.4
"""Sentences with less of the best score are left out."""
_HEADING_MARK = re.compile(r"#{1,6}[ \t]+")
"""What begins a heading in Markdown. It is not part of what the heading says."""


@dataclass(frozen=True, slots=True)
class QuotedAnswer:
    """Sentences, each followed by the number of its source, and where they come from."""

    text: str
    citations: Sequence[Citation]


@dataclass(frozen=True, slots=True)
class _Candidate:
    source: Source
    span: Span
    score: float
    has_words: bool


def quoted_answer(question: str, sources: Sequence[Source]) -> QuotedAnswer:
    """Return the best sentences of the sources, verbatim, in the order of their sources.

    There are none if no sentence has a word of the question, and each source is a weak match.
    """
    wanted = set(content_words(question))
    candidates = [each for source in sources for each in _candidates(source, wanted)]
    if not any(each.has_words or not _is_weak(each.source) for each in candidates):
        return QuotedAnswer("", ())
    chosen = _best(candidates)
    chosen.sort(key=lambda each: (each.source.number, each.span))
    parts: list[str] = []
    citations: list[Citation] = []
    length = 0
    for each in chosen:
        quote, marker = _text(each), f"[{each.source.number}]"
        parts.append(f"{quote} {marker}")
        citations.append(_citation(each, length + len(quote) + 1, marker))
        length += len(parts[-1]) + 1
    return QuotedAnswer("\n".join(parts), citations)


def _candidates(source: Source, wanted: set[str]) -> list[_Candidate]:
    """Return the sentences with a score: only the first one if no sentence has a word."""
    prior = 1 / (1 + RANK_WEIGHT * (source.number - 1))
    found = []
    for begun, last in sentence_spans(source.passage.text):
        mark = _HEADING_MARK.match(source.passage.text, begun, last)
        first = mark.end() if mark else begun
        span = (first, min(last, first + SENTENCE_CHARACTERS))
        words = set(content_words(source.passage.text[span[0] : span[1]]))
        share = len(words & wanted) / max(1, len(wanted))
        found.append(_Candidate(source, span, share * prior, has_words=share > 0))
    if any(each.has_words for each in found):
        return found
    return [replace(each, score=1e-3 * prior) for each in found[:1]]


def _is_weak(source: Source) -> bool:
    return source.passage.relevance is Relevance.WEAK


def _best(candidates: Sequence[_Candidate]) -> list[_Candidate]:
    ranked = sorted(candidates, key=lambda each: -each.score)
    chosen: list[_Candidate] = []
    seen: set[str] = set()
    room = CHARACTERS
    for each in ranked[: 20 * SENTENCES]:
        text = _text(each)
        is_good = each.score >= SCORE_SHARE * ranked[0].score and text not in seen
        if is_good and (len(text) <= room or not chosen) and len(chosen) < SENTENCES:
            chosen.append(each)
            seen.add(text)
            room -= len(text)
    return chosen


def _text(each: _Candidate) -> str:
    return each.source.passage.text[each.span[0] : each.span[1]]


def _citation(each: _Candidate, start: int, marker: str) -> Citation:
    offset = each.source.passage.start
    first, last = (offset + place for place in each.span)
    kind = CitationKind.REFERENCE
    return Citation(kind, start, start + len(marker), each.source, first, last, 1.0)

"""Pages of hits for tests."""

from collections.abc import Sequence
from datetime import UTC, datetime

from shared.domain.refs import DocumentRef
from shared.domain.search.fusion import Ranked
from shared.domain.search.lexing.queries import query_terms
from shared.domain.search.query import Hit, HitPage, Nearest, Passage, Total
from tests.support.collections import named

ENGLISH = ("english",)
NOW = datetime(2026, 11, 28, tzinfo=UTC)


def page_of(
    question: str,
    texts: Sequence[str],
    similarities: Sequence[float | None],
    *,
    is_whole: bool = True,
    languages: Sequence[str] = ENGLISH,
) -> HitPage:
    """Return the page of a search that found each text. The words of no text weigh twice."""
    terms = query_terms(question, languages)
    known = " ".join(texts).lower()
    weights = [term.form.factor * (1.0 if term.form.lexemes[0] in known else 2.0) for term in terms]
    hits = [
        _hit(number, text, similarity, is_whole, languages[0])
        for number, (text, similarity) in enumerate(zip(texts, similarities, strict=True))
    ]
    order = [hit.ranked for hit in hits]
    return HitPage(hits, Total(len(hits), is_exact=True), terms, weights, languages, order)


def _hit(number: int, text: str, similarity: float | None, is_whole: bool, language: str) -> Hit:  # noqa: FBT001
    nearest = None if similarity is None else Nearest(similarity, 0, len(text), 1, 1)
    ranked = Ranked(number, 1.0, similarity, 0, len(text), word_score=0.1)
    ref = DocumentRef(named("default"), f"d{number}")
    passage = Passage(text, language, is_start=True, is_end=is_whole)
    return Hit(ref, f"Title {number}", {}, "ready", 1, NOW, ranked, passage, nearest)

"""Where in the documents of a page of hits the question's rarest words are."""

from collections.abc import Mapping

from shared.domain.search.query import Hit, HitPage
from shared.domain.search.snippets.excerpts import densest, region
from shared.domain.search.snippets.matching import Lexemes, matches, wanted_lexemes


def word_places(page: HitPage) -> Mapping[int, int | None]:
    """Return, by the document's key, the offset in its content, or None without such words."""
    languages = {hit.passage.language for hit in page.hits}
    lexemes = {each: wanted_lexemes(page.terms, page.weights, each) for each in languages}
    return {hit.ranked.key: _place(hit, lexemes[hit.passage.language]) for hit in page.hits}


def _place(hit: Hit, lexemes: Lexemes) -> int | None:
    if hit.ranked.word_score is None:
        return None
    text = hit.passage.text
    near = region(text, lexemes)
    found = matches(text[near.start : near.end], lexemes)
    return hit.passage.start + near.start + densest(found)[0].start if found else None

"""Where in the documents of a page of hits the question's rarest words are."""

from collections.abc import Mapping

from shared.domain.search.query import Hit, HitPage
from shared.domain.search.snippets.excerpts import densest
from shared.domain.search.snippets.near_words import NearWords


def word_places(page: HitPage, near: NearWords) -> Mapping[int, int | None]:
    """Return, by the document's key, the offset in its content, or None without such words."""
    return {hit.ranked.key: _place(hit, near) for hit in page.hits}


def _place(hit: Hit, near: NearWords) -> int | None:
    if hit.ranked.word_score is None:
        return None
    part = near.part(hit)
    return part.origin(densest(part.found)[0].start) if part.found else None

"""Whether a text has all that a query says, and not only one of its words."""

from collections.abc import Iterator

from shared.domain.search.identifiers import exactly, is_identifier, tokens
from shared.domain.search.lexing.characters import normalized
from shared.domain.search.query import Hit, HitPage
from shared.domain.search.snippets.matching import Lexemes, matches
from shared.domain.search.snippets.near_words import NearWords


class CompleteTexts:
    """Tells which hits have all words of the query but stop words, or one of its identifiers.

    Only the part of a long text with the rarest words is read, as for its snippet.
    """

    def __init__(self, page: HitPage, query: str, near: NearWords) -> None:
        self._near = near
        self._words = {each: list(_words(page, each, near.lexemes[each])) for each in near.lexemes}
        plain = normalized(query).strip().lower()
        self._wanted = [plain, *filter(is_identifier, tokens(plain))] if plain else []
        self._exact = exactly(self._wanted, 0)

    def has(self, hit: Hit) -> bool:
        """Return whether a hit is one of them."""
        part, name = self._near.part(hit), f"{hit.ref.id}\n{hit.title or ''}"
        if self._has_exactly(normalized(f"{name}\n{part.text}").lower()):
            return True
        everywhere = [*part.found, *matches(name, self._near.lexemes_of(hit))]
        found = {match.wanted.term for match in everywhere}
        return bool(found) and all(found & each for each in self._words[hit.passage.language])

    def _has_exactly(self, text: str) -> bool:
        is_likely = any(each in text for each in self._wanted)  # much faster than the pattern
        return bool(is_likely and self._exact and self._exact.search(text))


def _words(page: HitPage, language: str, lexemes: Lexemes) -> Iterator[set[int]]:
    """Yield for each word the terms that have its lexemes. A lexeme has the first of its terms.

    A compound as a whole only adds to the score of its parts.
    """
    for term, weight in zip(page.terms, page.weights, strict=True):
        is_word = term.form.sought and term.form.factor == 1
        if is_word and weight is not None and language in term.languages:
            yield {lexemes[each].term for each in term.form.lexemes}

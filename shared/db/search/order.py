"""The order from which all pages of a search are cut."""

from collections.abc import Sequence

from shared.db.search.candidates import UNLIMITED, Found, Page, Tier
from shared.db.search.text_ranking import CANDIDATES_MAX
from shared.domain.search.fusion import Ranked
from shared.domain.search.lexing.queries import Term
from shared.domain.search.query import Query, Total
from shared.domain.search.word_plan import WordPlan

GROUPED_MAX = 300
"""Near copies are looked for among so many documents."""


class Order:
    """The documents that the tiers found, best first, as far as the page needs them."""

    def __init__(self, query: Query) -> None:
        self._query = query
        self._is_complete = False
        self.ranked: list[Ranked] = []
        self.shown: list[Ranked] = []
        self.total = Total(0, is_exact=True)
        self.terms: Sequence[Term] = ()
        self.weights: Sequence[float | None] = ()
        self.languages: Sequence[str] = ()

    @property
    def missing(self) -> Page:
        """What the next tier should return. How many documents groups have is not known before."""
        known = [each.key for each in self.ranked]
        most = UNLIMITED if self._query.is_grouped else self._query.wanted - len(known)
        return Page(known, most)

    def add(self, terms: Sequence[Term], plan: WordPlan, found: Found, tier: Tier) -> None:
        """Append what a tier found behind what is known."""
        self.terms, self.weights = terms, self._weights(terms, plan, found)
        self.languages = found.languages
        self.ranked += found.ranked
        self.shown = self.ranked
        self._is_complete = self._has_all(found, plan, tier)
        self.total = self._total(found, tier)

    def _weights(
        self, terms: Sequence[Term], plan: WordPlan, found: Found
    ) -> Sequence[float | None]:
        """Return the weight of each term. Without a text that has one of them, none is in use."""
        has_unknown_words = self._query.by_words and not (found.matching or plan.skips_words)
        return [None] * len(terms) if has_unknown_words else plan.weights(terms)

    def _has_all(self, found: Found, plan: WordPlan, tier: Tier) -> bool:
        """Return whether a later tier would find nothing else."""
        by_meaning = self._query.vector is not None
        if not by_meaning:
            return _has_all_words(found, plan, tier)
        # What is less similar than a rejected candidate is not accepted either.
        if found.accepted < found.candidates:
            return not self._query.by_words or _has_all_words(found, plan, tier)
        return tier.exact and found.count == found.candidates

    def _total(self, found: Found, tier: Tier) -> Total:
        if self._query.min_similarity > -1:
            return Total(max(found.accepted, len(self.ranked)), is_exact=self._is_complete)
        is_exact = self._is_complete or (tier.exact and self._query.vector is not None)
        return Total(max(found.count, len(self.ranked)), is_exact=is_exact)

    def show(self, groups: Sequence[Ranked]) -> None:
        """Replace the first GROUPED_MAX documents by their groups."""
        self.shown = [*groups, *self.ranked[GROUPED_MAX:]]
        is_exact = self.total.is_exact and self.total.count <= min(len(self.ranked), GROUPED_MAX)
        self.total = Total(len(self.shown), is_exact=is_exact)

    @property
    def is_done(self) -> bool:
        return self._is_complete or len(self.shown) >= self._query.wanted


def _has_all_words(found: Found, plan: WordPlan, tier: Tier) -> bool:
    """Return whether no other documents match by words or by prefixes."""
    if found.matching > tier.candidates or (plan.prefixes and not found.prefixes):
        return False
    is_looked_up = found.prefixes or plan.selective == plan.any_word
    is_limited = plan.skips_words or found.matching >= CANDIDATES_MAX or not is_looked_up
    return tier.exact or not is_limited

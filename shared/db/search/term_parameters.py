"""The terms of a query as arrays, one element per term, which the search statement unnests."""

from collections.abc import Iterable, Sequence
from typing import Any

from shared.domain.search.lexing.forms import quoted
from shared.domain.search.lexing.queries import Term

PREFIX_CHARACTERS = 5
"""The length of the shortest word that also finds longer words which begin with it."""


def term_parameters(terms: Sequence[Term]) -> dict[str, Any]:
    """Return the parameters that `text_ranking.WORDS` reads."""
    numbered = list(enumerate(terms, 1))
    counted = [(number, each) for number, term in numbered for each in term.form.counted]
    return {
        "term_literals": [_any_of(term.form.lexemes) for term in terms],
        "term_counted": [_any_of(term.form.counted) for term in terms],
        "term_prefixes": [_prefix(term.form.lexemes) for term in terms],
        "term_sizes": [len(term.form.counted) for term in terms],
        "term_factors": [float(term.form.factor * term.times) for term in terms],
        "term_sought": [term.form.sought for term in terms],
        "term_languages": [" ".join(term.languages) for term in terms],
        "lexeme_terms": [number for number, _ in counted],
        "lexemes": [lexeme for _, lexeme in counted],
    }


def _any_of(lexemes: Iterable[str]) -> str:
    return f"({' | '.join(map(quoted, lexemes))})"


def _prefix(lexemes: Sequence[str]) -> str:
    """Return the term with longer words that begin like its first lexeme."""
    is_long = len(lexemes[0]) >= PREFIX_CHARACTERS
    return f"{_any_of(lexemes)} | {quoted(lexemes[0])}:*" if is_long else _any_of(lexemes)

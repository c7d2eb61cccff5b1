"""The forms in which a word is stored and looked for: its stem, and its stem without accents."""

import threading
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

import Stemmer

from shared.domain.search.lexing.characters import folded

FOLDED = "~"
"""The mark before the stem of an accented word without its accents. No word begins with it."""
EXACT = "^"
"""The mark before the stem of an accented word whose stem has no accents."""
FURTHER = "~"
"""The mark behind a lexeme before the number of its further positions. No word has one."""
CACHED_WORDS = 32 * 1024

_ALGORITHMS = frozenset(Stemmer.algorithms())
_stemmers = threading.local()


@lru_cache(CACHED_WORDS)
def stem(language: str, word: str) -> str:
    """Return the stem of a word, or the word itself in a language without a stemmer."""
    if language not in _ALGORITHMS:
        return word
    return _stemmer(language).stemWord(word) or word


def _stemmer(language: str) -> Stemmer.Stemmer:
    """Return the thread's stemmer, because a stemmer serves one thread at a time."""
    if not hasattr(_stemmers, language):
        setattr(_stemmers, language, Stemmer.Stemmer(language, 0))
    found: Stemmer.Stemmer = getattr(_stemmers, language)
    return found


def quoted(lexeme: str) -> str:
    """Return a lexeme as PostgreSQL reads it in the text of a tsvector or tsquery."""
    return "'" + lexeme.replace("\\", "\\\\").replace("'", "''") + "'"


def any_of(lexemes: Iterable[str], weight: str = "") -> str:
    """Return the tsquery of texts that have any of the lexemes."""
    return f"({' | '.join(quoted(lexeme) + weight for lexeme in lexemes)})"


def anywhere(lexemes: Sequence[str]) -> str:
    """Return the tsquery of all places that have any of the lexemes, for a phrase."""
    further = (f"{quoted(lexeme + FURTHER)}:*" for lexeme in lexemes)
    return f"({' | '.join([*map(quoted, lexemes), *further])})"


def document_forms(language: str, word: str) -> Iterator[str]:
    """Yield the lexemes under which a document's word is found."""
    plain = folded(word)
    if plain != word:
        yield FOLDED + stem(language, plain)
    yield exact_form(language, word)


def exact_form(language: str, word: str) -> str:
    """Return the lexeme that only words with the same accents have."""
    own, plain = stem(language, word), folded(word)
    is_lost = plain != word and own == stem(language, plain)
    return EXACT + own if is_lost else own

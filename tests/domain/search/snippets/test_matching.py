"""Words are found by their first letter, except in languages whose stemmers change it."""

from itertools import product
from string import ascii_lowercase

import pytest
import Stemmer

from shared.domain.search.lexing.forms import stem
from shared.domain.search.lexing.queries import query_terms
from shared.domain.search.snippets.matching import (
    LAST_CYRILLIC,
    PREFIXED,
    marked,
    matches,
    wanted_lexemes,
)
from shared.domain.search.snippets.searchable import base_letters

ENDS = ("", "a", "en", "lopen", "ebaran", "bhean", "alaba", "uma", "oro", "ila", "iejszy")

OTHER_LETTERS = [chr(code) for code in range(0x80, ord(LAST_CYRILLIC) + 1) if chr(code).isalpha()]


def changes_first_letters(language: str) -> bool:
    starts = ("".join(letters) for n in (1, 2) for letters in product(ascii_lowercase, repeat=n))
    words = (start + end for start in (*starts, *OTHER_LETTERS) for end in ENDS)
    stemmer = Stemmer.Stemmer(language, 0)
    return any(initial(stemmer.stemWord(word)) not in {initial(word), ""} for word in words)


def initial(word: str) -> str:
    return base_letters(word[:1])[:1]


@pytest.mark.parametrize("language", Stemmer.algorithms())
def test_languages_whose_stemmers_change_the_first_letter_are_known(language: str) -> None:
    assert changes_first_letters(language) == (language in PREFIXED)


@pytest.mark.parametrize(
    ("language", "word", "query"),
    [
        ("dutch", "gelopen", "lopen"),
        ("esperanto", "cxevalo", "ĉevalo"),
        ("irish", "bpost", "post"),
        ("serbian", "djak", "đak"),
        ("sesotho", "batho", "motho"),
        ("turkish", "buma", "puma"),
    ],
)
def test_words_with_another_first_letter_than_their_stem_are_marked(
    language: str, word: str, query: str
) -> None:
    assert stem(language, word)[0] != word[0]
    terms = query_terms(query, [language])
    lexemes = wanted_lexemes(terms, [1.0] * len(terms), language)
    assert marked(f"x {word} x", matches(f"x {word} x", lexemes), "<", ">") == f"x <{word}> x"


@pytest.mark.parametrize(
    ("language", "text", "query"),
    [
        ("english", "ÉCOLE", "ecole"),
        ("english", "(Ink)", "ink"),
        ("english", "see:ink", "ink"),
        ("english", "e\u0301cole", "école"),
        ("english", "v2.14", "2.14"),
        ("english", "parseHttp", "http"),
        ("arabic", "\u0627\u0644\u0643\u062a\u0627\u0628", "\u0643\u062a\u0627\u0628"),
        ("russian", "\u0401\u043b\u043a\u0430", "\u0435\u043b\u043a\u0430"),
        ("french", "l\u02bcamour", "amour"),
        ("italian", "dell\u02bcacqua", "acqua"),
        ("english", "O\u02bcBrien", "Brien"),
        ("russian", "\u043e\u0431\u02bc\u0454\u043a\u0442", "\u0454\u043a\u0442"),
        ("catalan", "co\u0140legi", "legi"),
        ("simple", "x\u58a8\u6c34", "\u58a8\u6c34"),
    ],
)
def test_runs_that_may_match_are_read(language: str, text: str, query: str) -> None:
    terms = query_terms(query, [language])
    assert matches(text, wanted_lexemes(terms, [1.0] * len(terms), language))

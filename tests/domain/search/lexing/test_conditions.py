"""The conditions that phrases set, and their length."""

import pytest

from shared.domain.search.lexing.conditions import WORDS_MAX, word_condition
from shared.domain.search.lexing.queries import QUERY_CHARACTERS
from shared.domain.search.query_syntax import parse_query


def condition(query: str, *languages: str) -> str:
    found = word_condition(parse_query(query), languages)
    return found.whole if found else ""


def test_a_phrase_is_its_words_one_behind_the_other() -> None:
    dries = "('dries' | '~dries' | 'dries~':* | '~dries~':*)"
    fast = "('fast' | '~fast' | 'fast~':* | '~fast~':*)"
    found = condition('"dries fast" -ink', "simple")
    assert found.startswith(f"(({dries} <1> {fast}) | ")
    assert found.endswith(" & !(('ink' | '~ink'))")


@pytest.mark.parametrize("unit", ["a-a_", "e]", "1_", "漢字"])
def test_the_words_of_phrases_are_bounded(unit: str) -> None:
    long = unit * (QUERY_CHARACTERS // len(unit))
    for query in (f'"{long}"', f'"{long}" "{long}" -"{long}"'):
        operators = condition(query, "english", "simple").count("<1>")
        assert WORDS_MAX / 2 < operators <= 2 * WORDS_MAX


def test_short_phrases_stay_whole() -> None:
    query = " ".join(f'"a{number} b{number}"' for number in range(16))
    assert "b15" in condition(query, "simple")


@pytest.mark.parametrize("long", ["a_" * 100 + "b", f"a{'!' * QUERY_CHARACTERS}b"])
def test_an_excluded_phrase_is_whole_or_left_out(long: str) -> None:
    others = " ".join(f"-x{number}" for number in range(8))
    assert "<1> ('i' " in condition(f'ink -"a b c d e f g h i" {others}', "simple")
    assert not condition(f'ink -"{long}"', "simple")
    assert condition(f'ink -"{long}" {others}', "simple") == condition(f"ink {others}", "simple")

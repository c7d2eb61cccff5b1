"""The conditions that phrases set, and their length."""

import pytest

from shared.domain.search.lexing.conditions import WORDS_MAX, word_condition
from shared.domain.search.lexing.queries import QUERY_CHARACTERS
from shared.domain.search.query_syntax import parse_query


def condition(query: str, *languages: str) -> str:
    found = word_condition(parse_query(query), languages)
    return found.whole if found else ""


def test_a_phrase_is_its_words_one_behind_the_other() -> None:
    found = condition('"dries fast" -ink', "simple")
    assert found.startswith("((('dries' | '~dries') <1> ('fast' | '~fast')) | ")
    assert found.endswith(" & !((('ink' | '~ink')))")


@pytest.mark.parametrize("unit", ["a-a_", "e]", "1_", "漢字"])
def test_the_words_of_phrases_are_bounded(unit: str) -> None:
    long = unit * (QUERY_CHARACTERS // len(unit))
    for query in (f'"{long}"', f'ink -"{long}"', f'"{long}" "{long}" -"{long}"'):
        operators = condition(query, "english", "simple").count("<1>")
        assert WORDS_MAX / 2 < operators <= 2 * WORDS_MAX


def test_short_phrases_stay_whole() -> None:
    query = " ".join(f'"a{number} b{number}"' for number in range(16))
    assert "b15" in condition(query, "simple")

"""The least similarity of a hit that is about the question."""

import pytest

from shared.domain.answers.everyday_questions import QUESTIONS, language_of_question
from shared.domain.answers.similarity_floor import SimilarityFloor, floor_of
from shared.domain.search.relevance import SimilarityScale

ENGLISH = SimilarityScale(0.0, 0.065)


def test_the_best_of_more_chunks_must_be_more_similar() -> None:
    floor = SimilarityFloor(ENGLISH, {})
    levels = [floor.of("english", chunks) for chunks in (0, 3, 10, 100, 10_000)]
    assert levels == sorted(levels)
    assert levels[1] == pytest.approx(0.16, abs=0.01)
    assert levels[-1] == pytest.approx(0.37, abs=0.01)
    assert floor.of("english", 10**9) == levels[-1]


def test_an_unknown_language_has_the_floor_of_english() -> None:
    floor = SimilarityFloor(ENGLISH, {"german": 0.3})
    assert floor.of("polish", 10) == floor.of("english", 10)


def test_little_above_the_median_is_enough_in_a_language_that_the_model_knows_badly() -> None:
    floor = SimilarityFloor(ENGLISH, {"german": 0.3, "french": 0.02})
    assert floor.of("german", 10) - 0.3 < floor.of("english", 10) / 2
    assert floor.of("french", 10) == pytest.approx(floor.of("english", 10) + 0.02)


def test_without_chunks_there_is_no_floor() -> None:
    assert floor_of({}) is None


@pytest.mark.parametrize("language", QUESTIONS)
def test_the_stop_words_tell_the_language_of_a_question(language: str) -> None:
    assert {language_of_question(each) for each in QUESTIONS[language]} == {language}


def test_a_question_without_stop_words_counts_as_english() -> None:
    assert language_of_question("RE-2024-00173") == "english"

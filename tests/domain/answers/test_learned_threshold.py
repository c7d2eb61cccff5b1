"""The threshold that each cached answer learns."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.answers.learned_threshold import (
    LEAST,
    NEVER,
    OBSERVATIONS_MAX,
    START,
    TRUSTED,
    LearnedThreshold,
    Observation,
    is_rare,
)

OBSERVATIONS = st.lists(
    st.tuples(st.floats(0.8, 1.0), st.booleans(), st.integers(1, 150)), max_size=3
).map(
    lambda groups: [
        Observation(similarity, is_right)
        for similarity, is_right, times in groups
        for _ in range(times)
    ]
)
SIMILARITY = st.floats(0.8, 1.0)


def learned(*groups: tuple[float, bool, int]) -> LearnedThreshold:
    return LearnedThreshold(
        [Observation(s, right) for s, right, times in groups for _ in range(times)]
    )


def test_it_starts_high() -> None:
    assert LearnedThreshold().value == START


def test_few_right_answers_are_not_enough_to_go_lower() -> None:
    assert learned((0.9, True, TRUSTED - 1)).value == START
    assert learned((0.9, True, TRUSTED)).value == 0.9


def test_it_goes_no_lower_than_what_was_right() -> None:
    assert learned((0.93, True, 300), (0.88, False, 1)).value == 0.93
    assert learned((0.5, True, 400)).value == START


def test_a_wrong_answer_raises_it_above() -> None:
    assert 0.98 < learned((0.98, False, 1)).value < 0.981
    assert learned((0.98, False, 1), (0.98, True, 400)).value == START


def test_a_wrong_answer_to_an_equal_question_ends_the_sharing() -> None:
    assert learned((1.0, False, 1)).value == NEVER


def test_late_observations_replace_early_ones() -> None:
    threshold = learned((0.98, False, 1))
    for _ in range(OBSERVATIONS_MAX):
        threshold = threshold.observed(0.99, is_right=True)
    assert threshold.value == START
    assert len(threshold.observations) == OBSERVATIONS_MAX


@given(OBSERVATIONS, SIMILARITY)
def test_a_right_answer_never_raises_it(before: list[Observation], similarity: float) -> None:
    threshold = LearnedThreshold(before)
    assert threshold.observed(similarity, is_right=True).value <= threshold.value


@given(OBSERVATIONS, SIMILARITY)
def test_a_wrong_answer_never_lowers_it(before: list[Observation], similarity: float) -> None:
    threshold = LearnedThreshold(before)
    assert threshold.observed(similarity, is_right=False).value >= threshold.value


@given(OBSERVATIONS)
def test_few_of_the_observed_hits_are_wrong(observations: list[Observation]) -> None:
    least = LearnedThreshold(observations).value
    hits = [each for each in observations if each.similarity >= least]
    wrong = sum(not each.is_right for each in hits)
    assert least >= LEAST
    assert wrong <= 0.01 * (len(hits) + TRUSTED)


@pytest.mark.parametrize(("wrong", "enough"), [(0, 299), (1, 473), (2, 628)])
def test_the_number_of_observations_that_is_enough(wrong: int, enough: int) -> None:
    assert is_rare(wrong, enough)
    assert not is_rare(wrong, enough - 1)

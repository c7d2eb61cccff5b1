"""Whether two answers say the same."""

import pytest

from shared.domain.answers.same_answer import Said, is_same_answer

ANSWER = (
    "Every employee has 28 days of paid vacation per year [1]. Five days can be carried over [2]."
)


@pytest.mark.parametrize(
    "other",
    [
        ANSWER,
        "Every employee has 28 days of paid vacation per year. Five days can be carried over.",
        "Five days can be carried over. Every employee has 28 paid vacation days per year.",
    ],
)
def test_the_same_in_another_form(other: str) -> None:
    assert is_same_answer(Said(ANSWER), Said(other))


@pytest.mark.parametrize(
    "other",
    [
        "",
        ANSWER.replace("28", "30"),
        ANSWER.replace("can be", "cannot be"),
        ANSWER.replace("Every", "No"),
        "Travel expenses are reimbursed within 28 days.",
        ANSWER.replace("can be carried over", "are only carried over"),
    ],
)
def test_another_answer(other: str) -> None:
    assert not is_same_answer(Said(ANSWER), Said(other))


def test_they_must_have_a_source_in_common() -> None:
    assert is_same_answer(Said(ANSWER, {"a", "b"}), Said(ANSWER, {"b"}))
    assert not is_same_answer(Said(ANSWER, {"a"}), Said(ANSWER, {"b"}))
    assert not is_same_answer(Said(ANSWER, {"a"}), Said(ANSWER))


def test_two_empty_answers_are_the_same() -> None:
    assert is_same_answer(Said(""), Said(" [1] "))

"""Names and identifiers of a question."""

import pytest

from shared.domain.answers.names import Names
from shared.domain.search.identifiers import WORDS_MAX


@pytest.mark.parametrize(
    ("question", "text", "expected"),
    [
        ("is RE-2024-00173 paid", "Invoice re-2024-00173.", True),
        ("is RE-2024-0017 paid", "Invoice RE-2024-00173.", False),
        ("what does E15 mean", "Error E15: water.", True),
        ("what does E15 mean", "Error E150: water.", False),
        ("what happened in 1998", "In 1998 it rained.", False),
        ("who was with Tom in New York", "It is a New idea.", False),
        ("who was in New York", "It is in New York.", True),
        ("does Kowalski know", "Kowalski's car", True),
        ("What Is The Best Music", "Best Music", False),
        ("Music is what?", "Music", False),
        ("how does HTTP work", "It speaks HTTP.", True),
        ("NASA launches", "by NASA", True),
        ("what did I do", "I did", False),
        ("what is in O\u2019Brien\u2019s house", "O'Brien's house", True),
    ],
)
def test_a_text_has_a_name(question: str, text: str, expected: bool) -> None:  # noqa: FBT001
    assert Names(question).are_in(text) is expected


def test_a_long_question_has_a_bounded_number_of_names() -> None:
    question = " ".join(f"id{number}" for number in range(WORDS_MAX + 1))
    assert Names(question).are_in(f"It is id{WORDS_MAX - 1}.")
    assert not Names(question).are_in(f"It is id{WORDS_MAX}.")


def test_a_longer_name_is_found_behind_its_beginning() -> None:
    assert Names("x1 and x1-a").are_in("x1-a")

"""Greetings are no questions to documents."""

import pytest

from shared.domain.answers.small_talk import is_small_talk


@pytest.mark.parametrize(
    "question",
    [
        "hello",
        "Hi there!",
        "ok",
        "thank you very much",
        "How are you?",
        "good morning",
        "Danke schön",
    ],
)
def test_small_talk(question: str) -> None:
    assert is_small_talk(question)


@pytest.mark.parametrize(
    "question",
    [
        "good night train",
        "you",
        "what is hello world?",
        "help with invoices",
        "day",
        "ok google",
        "",
    ],
)
def test_a_question_with_content_is_not_small_talk(question: str) -> None:
    assert not is_small_talk(question)

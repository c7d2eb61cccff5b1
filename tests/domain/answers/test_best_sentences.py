"""An answer without a model: whole sentences, verbatim, with their places."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.answers.best_sentences import CHARACTERS, SENTENCES, quoted_answer
from shared.domain.search.relevance import Relevance
from tests.domain.answers.test_citations import source

SOURCES = [
    source(1, "Ink dries in three minutes. The pot is blue.\nInk is made of soot."),
    source(2, "Oil dries in a week. Ink stains oil paper."),
]


def test_the_sentences_with_most_of_the_question() -> None:
    answer = quoted_answer("How many minutes does ink need until it dries?", SOURCES)
    assert answer.text.splitlines()[0] == "Ink dries in three minutes. [1]"
    assert "pot" not in answer.text


def test_without_any_common_word_the_first_sentence_answers() -> None:
    assert quoted_answer("Zanzibar?", SOURCES).text.startswith("Ink dries in three minutes. [1]")


@pytest.mark.parametrize(
    ("question", "level", "answers"),
    [
        ("Zanzibar?", Relevance.WEAK, False),
        ("Zanzibar?", Relevance.FAIR, True),
        ("Does ink last in Zanzibar?", Relevance.WEAK, True),
    ],
)
def test_a_weak_source_without_a_word_of_the_question_is_not_quoted(
    question: str, level: Relevance, *, answers: bool
) -> None:
    passages = [replace(each.passage, relevance=level) for each in SOURCES]
    sources = [replace(each, passage=of) for each, of in zip(SOURCES, passages, strict=True)]
    assert bool(quoted_answer(question, sources).text) == answers


def test_the_marks_of_a_heading_are_no_part_of_its_sentence() -> None:
    answer = quoted_answer("printer", [source(1, "## The printer\n\nThe #1 is out of ink.")])
    assert answer.text == "The printer [1]"
    assert answer.citations[0].quote == "The printer"


def test_nothing_comes_of_nothing() -> None:
    assert quoted_answer("ink", []).text == ""


TEXTS = st.lists(st.text("ab .\n!#é🙂", min_size=1, max_size=80), min_size=1, max_size=4)


@given(TEXTS, st.text("ab ", max_size=10))
def test_each_quotation_is_in_its_document_and_in_the_answer(
    texts: list[str], question: str
) -> None:
    sources = [source(number, text) for number, text in enumerate(texts, 1)]
    answer = quoted_answer(question, sources)
    assert len(answer.citations) <= SENTENCES
    for citation in answer.citations:
        assert citation.quote is not None
        assert citation.source
        marker = answer.text[citation.start : citation.end]
        assert marker == f"[{citation.source.number}]"
        assert answer.text[: citation.start].endswith(f"{citation.quote} ")


@pytest.mark.parametrize("length", [10, 5000])
def test_it_is_short(length: int) -> None:
    long = [source(1, "ink " * length + ". " + "more ink. " * 50)]
    assert len(quoted_answer("ink", long).text) < CHARACTERS + 100

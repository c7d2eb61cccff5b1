"""When a question is refused before a model is asked."""

from collections.abc import Sequence

import pytest

from shared.domain.answers.refusal import judged
from shared.domain.answers.similarity_floor import SimilarityFloor
from shared.domain.refs import DocumentRef
from shared.domain.search.query_syntax import parse_query
from shared.domain.search.relevance import SimilarityScale
from tests.domain.answers.hit_pages import page_of
from tests.support.collections import named

FLOOR = SimilarityFloor(SimilarityScale(0.0, 0.065), {"english": 0.0, "german": 0.3})
"""The floor of 4 documents is 0.17."""
OFFICE = [
    "Employees may claim train tickets. Hotels up to 140 euros a night are reimbursed.",
    "Invoice RE-2024-00173 from Brandt Office Supplies, payable within 14 days.",
    "To connect to the printer, open the settings and choose add device.",
    "Every employee has 28 days of vacation. Maria Kowalski approves them.",
]
FAR = [0.05] * 4


def is_refused(question: str, similarities: Sequence[float | None] = FAR) -> bool:
    page = page_of(question, OFFICE, similarities)
    return judged(page, FLOOR, parse_query(question)) is not None


@pytest.mark.parametrize(
    "question",
    [
        "what is music?",
        "How do I bake a chocolate cake?",
        "What should I open first when playing chess?",
        "how many days does a cat sleep",
        "who won the world cup in 1998",
    ],
)
def test_a_question_about_something_else_is_refused(question: str) -> None:
    assert is_refused(question)


def test_a_similar_document_is_enough() -> None:
    assert not is_refused("how much may a room cost?", [0.4, 0.1, 0.1, 0.1])


@pytest.mark.parametrize(
    "question",
    [
        "RE-2024-00173",
        "what is invoice re-2024-00173 about, and who has to pay for the cake?",
        "is 00173 still unpaid by the music school",
        "does Kowalski like jazz or chess more?",
        "what did Maria Kowalski's dog eat",
        "kowalski",
    ],
)
def test_a_name_or_an_identifier_that_a_text_has_is_never_refused(question: str) -> None:
    assert not is_refused(question)


def test_an_identifier_may_be_in_a_part_of_a_long_text_that_was_not_read() -> None:
    question = "what is RE-2024-99999 about"
    page = page_of(question, ["A long text."], [0.0], is_whole=False)
    assert judged(page, FLOOR, parse_query(question)) is None


def test_the_rarest_words_of_a_question_are_enough() -> None:
    assert not is_refused("how do I connect the printer?")
    assert is_refused("how do I connect the aquarium pump to the printer cable socket?")


def test_a_required_phrase_is_in_every_hit() -> None:
    assert not is_refused('"add device"')


@pytest.mark.parametrize("question", ["hello", "Thanks a lot!", "how are you?", "Guten Morgen"])
def test_small_talk_is_refused_whatever_was_found(question: str) -> None:
    assert is_refused(question, [0.9] * 4)


def test_a_refusal_says_what_was_looked_for_and_what_is_nearest() -> None:
    question = "What is the price of Blue-Cheese pizza?"
    refusal = judged(page_of(question, OFFICE, FAR), FLOOR, parse_query(question))
    assert refusal is not None
    assert refusal.looked_for == ["price", "Blue-Cheese", "pizza"]
    assert refusal.nearest[0] == (DocumentRef(named("default"), "d0"), "Title 0")
    assert len(refusal.nearest) == 3


def test_a_search_without_hits_is_refused() -> None:
    assert judged(page_of("what is music?", [], []), FLOOR, parse_query("what is music?"))


def test_by_words_alone_some_of_the_words_are_enough() -> None:
    by_words = [None] * 4
    assert not is_refused("which hotels may the boss book?", by_words)
    assert is_refused("what is music?", by_words)


def test_stop_words_of_the_question_say_nothing_in_texts_of_another_language() -> None:
    question = "Wann ist die Lieferung von Papier?"
    for text, is_refused in (("Sie ist die beste von allen.", True), ("Papier ist da.", False)):
        page = page_of(question, [text], [None], languages=("english",))
        assert (judged(page, FLOOR, parse_query(question)) is not None) is is_refused


def test_without_a_floor_the_scale_of_relevance_counts() -> None:
    question, scale = "how much may a room cost?", SimilarityScale(0.2, 0.1)
    page = page_of(question, OFFICE, [0.25, 0.1, 0.1, 0.1])
    assert judged(page, None, parse_query(question), scale)
    page = page_of(question, OFFICE, [0.35, 0.1, 0.1, 0.1])
    assert judged(page, None, parse_query(question), scale) is None


def test_if_nothing_says_what_is_similar_a_hit_is_enough() -> None:
    question = "how much may a room cost?"
    page = page_of(question, OFFICE, FAR)
    assert judged(page, None, parse_query(question)) is None


def test_a_language_that_the_model_knows_badly_has_a_floor_of_its_own() -> None:
    texts = ["Die Miete beträgt 850 Euro.", "Die Heizung wird über das Thermostat gesteuert."]
    question = "Was ist die Hauptstadt von Peru?"
    page = page_of(question, texts, [0.3, 0.28], languages=("english",))
    assert judged(page, FLOOR, parse_query(question))
    page = page_of(question, texts, [0.38, 0.28], languages=("english",))
    assert judged(page, FLOOR, parse_query(question)) is None

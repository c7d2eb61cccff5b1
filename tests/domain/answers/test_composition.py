"""Prompts that fit: what is left out, and what is learned of a model's tokens."""

import pytest

from shared.domain.answers.composition import Prompt, PromptLimits, composed, estimated_tokens
from shared.domain.answers.history import divided, search_query
from shared.domain.answers.question import Message, Question, Role
from shared.domain.answers.sources import Passage, SourceDocument
from shared.domain.answers.tokens import CUT_SHARE, TokenRatio, least_tokens
from shared.domain.errors import InvalidInput
from shared.domain.refs import DocumentRef
from shared.domain.search.scope import Scope
from tests.support.collections import named

LIMITS = PromptLimits(2048, 256, 1024, 2, summarizes=True)


def passages(count: int, words: int) -> list[Passage]:
    text = "word " * words
    return [
        Passage(SourceDocument(n, DocumentRef(named("c"), str(n)), 1, b"h"), 0, len(text), text)
        for n in range(count)
    ]


def turns(count: int, words: int = 5) -> list[Message]:
    roles = (Role.USER, Role.ASSISTANT)
    return [Message(roles[n % 2], f"turn {n} " + "word " * words) for n in range(2 * count)]


def prompt(question: Question, found: list[Passage], limits: PromptLimits = LIMITS) -> Prompt:
    return composed(question, found, limits, TokenRatio())


def ask(**fields: object) -> Question:
    return Question("How?", Scope("c"), **fields)  # type: ignore[arg-type]


def test_the_prompt_fits_the_context_and_names_what_is_left_out() -> None:
    made = prompt(ask(sources=20), passages(20, 100))
    assert estimated_tokens(made.messages("")) + made.max_tokens <= 2048
    assert 5 <= len(made.selection.in_prompt) < 12
    assert len(made.selection.left_out) == 20 - len(made.selection.in_prompt)


def test_what_is_learned_of_tokens_changes_no_prompt_that_fits() -> None:
    limits = PromptLimits(8192, 256, 1024, 2, summarizes=True)
    for ratio in (TokenRatio(), TokenRatio(2.5)):
        made = composed(ask(sources=20), passages(20, 100), limits, ratio)
        assert len(made.selection.in_prompt) == 8


def test_the_last_turns_are_whole_and_the_older_ones_are_summed_up() -> None:
    made = prompt(ask(history=turns(5)), passages(1, 10))
    assert [each.content[:6] for each in made.recent] == ["turn 6", "turn 7", "turn 8", "turn 9"]
    assert len(made.older) == 6
    messages = made.messages("They talked.")
    assert messages[0].role is Role.SYSTEM
    assert "They talked." in messages[-1].content


def test_turns_that_do_not_fit_are_left_out_whole() -> None:
    made = prompt(ask(history=turns(2, words=600)), passages(1, 10))
    assert len(made.recent) == 1
    assert made.history_left_out == 3


def test_without_summaries_the_older_turns_are_left_out() -> None:
    limits = PromptLimits(2048, 256, 1024, 1, summarizes=False)
    made = prompt(ask(history=turns(3)), passages(1, 10), limits)
    assert (len(made.recent), made.older, made.history_left_out) == (2, (), 4)


def test_a_source_that_never_fits_is_an_error_that_says_so() -> None:
    with pytest.raises(InvalidInput, match="no room"):
        prompt(ask(), passages(1, 5000))


def test_an_answer_takes_at_most_half_of_the_context() -> None:
    assert prompt(ask(max_tokens=4096), passages(1, 10)).max_tokens == 1024
    assert LIMITS.within(512).context_tokens == 512
    assert LIMITS.within(None) == LIMITS == LIMITS.within(99_999)


def test_sources_are_given_up_from_the_last() -> None:
    made = prompt(ask(), passages(3, 10))
    less = made.without_last_source()
    assert [each.number for each in less.selection.in_prompt] == [1, 2]
    assert [each.number for each in less.selection.sources] == [1, 2, 3]
    with pytest.raises(InvalidInput):
        less.without_last_source().without_last_source()


def test_the_ratio_is_learned_from_counts() -> None:
    ratio = TokenRatio()
    before = ratio.tokens("some words here")
    ratio.observe(100, 200)
    assert ratio.tokens("some words here") > before
    for _ in range(200):
        ratio.observe(100, 60)
    assert ratio == TokenRatio()


@pytest.mark.parametrize(
    ("text", "counted"),  # by vocabularies of 49,000 to 200,000 tokens
    [
        ("Iron gall ink dries in three minutes on cotton paper. " * 9, 108),
        ("Железо-галловые чернила высыхают за три минуты на бумаге. " * 9, 150),
        ("铁胆墨水在棉纸上三分钟内变干。" * 9, 90),
        ("| --- | --- |\n|-----------|-----------|\n" * 9, 90),
        ("def f(x: int) -> list[str]:\n    return [str(i) for i in range(x)]\n" * 9, 240),
    ],
)
def test_a_count_shows_a_cut_in_any_language(text: str, counted: int) -> None:
    assert counted >= CUT_SHARE * least_tokens([text])


def test_half_of_an_english_prompt_is_a_cut_one() -> None:
    text = "Iron gall ink dries in three minutes on cotton paper. " * 9
    assert 54 < CUT_SHARE * least_tokens([text])  # noqa: SIM300


def test_messages_of_the_system_are_no_turns() -> None:
    found = divided([Message(Role.SYSTEM, "x"), *turns(1)], 3)
    assert len(found.recent) == 2


@pytest.mark.parametrize(
    ("question", "history", "query"),
    [
        ("And on glass?", ["How long does ink dry?"], "And on glass? How long does ink dry?"),
        ("What is the name of the office cat?", ["Hello"], "What is the name of the office cat?"),
        ("What is the capital of France?", ["Ink?"], "What is the capital of France?"),
        ("Why?", ["Does ink fade?"], "Why? Does ink fade?"),
        ("How long does it take in winter?", ["Ink?"], "How long does it take in winter? Ink?"),
        ("Und auf Glas?", ["Trocknet Tinte?"], "Und auf Glas? Trocknet Tinte?"),
        ("Thanks!", ["Ink?"], "Thanks!"),
        ("Thanks!", ["How long does ink dry?"], "Thanks!"),
        ('Who said "never -ever"?', [], "Who said  never  ever ?"),
        ("-x", [], "x"),
        ('"', [], '"'),
    ],
)
def test_what_is_searched_for(question: str, history: list[str], query: str) -> None:
    assert search_query(question, [Message(Role.USER, each) for each in history]) == query

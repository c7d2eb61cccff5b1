"""Questions that may share an answer, and those that must not."""

from itertools import combinations
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.questions.near_misses import Pair, near_misses
from bench.questions.paraphrases import paraphrases
from shared.domain.answers.same_question import may_share

_WORDS = "the is are what who do did can not us US may May in on 5 km -5 a A I it's don't"
WORDS = st.sampled_from([*_WORDS.split(), "“x y”"])


def test_no_near_miss_shares_an_answer() -> None:
    pairs = near_misses()
    assert len(pairs) >= 1000
    assert [pair for pair in pairs if may_share(pair.first, pair.second)] == []


def test_most_paraphrases_share_an_answer() -> None:
    pairs = [pair for pair in paraphrases() if pair.kind != "other words"]
    assert len(pairs) >= 300
    missed = [pair for pair in pairs if not may_share(pair.first, pair.second)]
    assert len(missed) <= 0.04 * len(pairs)


@pytest.mark.parametrize("pair", Random(1).sample(near_misses(), 40))
def test_politeness_does_not_hide_a_difference(pair: Pair) -> None:
    assert not may_share(f"Hi, {pair.first[0].lower()}{pair.first[1:]}", f"{pair.second} Thanks!")


WRITTEN = Random(2).sample([pair.first for pair in near_misses() if pair.kind == "order"], 20)


@pytest.mark.parametrize("question", WRITTEN)
def test_every_word_and_its_place_count(question: str) -> None:
    words = question.removesuffix("?").split()
    for index in range(len(words)):
        assert not may_share(question, " ".join([*words[:index], *words[index + 1 :]]))
    for first, second in combinations(range(len(words)), 2):
        swapped = list(words)
        swapped[first], swapped[second] = words[second], words[first]
        if words[first] != words[second]:
            assert not may_share(question, " ".join(swapped))


@pytest.mark.parametrize(
    "question",
    [
        "",
        "?",
        "how is",
        "could you tell me how",
        "is",
        "今日は何時ですか",
        "What is 5 km?",
        "x" * 5000,
        "\u00ad",
        "the the",
        "'",
        '"',
    ],
)
def test_every_question_can_be_compared(question: str) -> None:
    assert may_share(question, "Who pays the fee?") is False


def test_a_long_text_is_only_the_same_as_itself() -> None:
    text = "What is " + "very " * 400 + "long?"
    assert may_share(text, text)
    assert not may_share(text, text.lower())


@given(st.lists(WORDS, max_size=8), st.lists(WORDS, max_size=8))
def test_it_does_not_matter_which_question_came_first(a: list[str], b: list[str]) -> None:
    first, second = " ".join(a), " ".join(b)
    assert may_share(first, second) == may_share(second, first)


@given(st.text(max_size=60))
def test_white_space_does_not_matter(text: str) -> None:
    question = f"What is {' '.join(text.split())} of Lisbon?"
    assert may_share(question, f" {question}  ")


@given(st.text(max_size=80), st.text(max_size=80))
def test_no_text_is_an_error(a: str, b: str) -> None:
    may_share(a, b)

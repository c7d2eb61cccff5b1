"""Which texts a query's words look at, and what each word is worth."""

from hypothesis import given
from hypothesis import strategies as st

from shared.domain.search.lexing.queries import Form, Term
from shared.domain.search.word_plan import WORDS_MAX, WordPlan, WordStatistics, planned

TEXTS = 10_000.0


def term(word: str, *, sought: bool = True) -> Term:
    return Term(Form((word,), (word,), sought=sought), 1, ("english",))


def plan(
    counts: dict[str, float | None], *, expected: float = 500, common: float = 5000
) -> WordPlan:
    statistics = WordStatistics(TEXTS, 100, 1, list(counts.values()))
    return planned([term(word) for word in counts], statistics, expected, common)


def test_rare_words_are_looked_up_alone_and_common_ones_in_pairs() -> None:
    found = plan({"ink": 900, "gall": 40, "iron": 700, "paper": 3000})
    assert found.selective == "('gall') | (('iron') & (('ink') | ('paper')))"
    assert found.any_word == "('gall') | ('iron') | ('ink') | ('paper')"
    assert found.prefixes == "('gall') | ('iron') | ('ink') | ('paper') | 'paper':*"
    assert found.longer == "'paper':*"


def test_common_words_must_all_be_there_if_their_pairs_are_common_too() -> None:
    found = plan({"ink": 3000, "iron": 2500}, common=9000)
    assert found.selective == "('iron') & ('ink')"


def test_a_word_that_is_too_common_is_not_looked_up_alone() -> None:
    found = plan({"ink": 6000, "gall": 40})
    assert (found.selective, found.prefixes) == ("('gall')", None)
    assert found.skips_words
    assert not found.skips_all


def test_only_words_that_are_too_common() -> None:
    found = plan({"ink": 6000, "iron": 7000})
    assert found.skips_all
    assert (found.selective, found.prefixes) == (None, None)
    assert found.any_word == "('ink') | ('iron')"


def test_a_query_without_words() -> None:
    found = plan({})
    assert (found.selective, found.any_word, found.prefixes) == (None, None, None)
    assert not found.skips_all
    assert found.documents == 0


def test_a_phrase_is_looked_up_instead_of_words() -> None:
    statistics = WordStatistics(TEXTS, 100, 1, [40, 900])
    phrase = "'gall' <-> 'ink'"
    found = planned([term("gall"), term("ink")], statistics, 500, 5000, phrase)
    assert (found.selective, found.any_word, found.prefixes) == (phrase, phrase, None)


def test_words_that_are_not_sought_have_a_weight_only() -> None:
    statistics = WordStatistics(TEXTS, 100, 1, [9000, 40])
    terms = [term("how", sought=False), term("gall")]
    found = planned(terms, statistics, 500, 5000)
    assert found.any_word == "('gall')"
    assert [word.term for word in found.words] == terms[::-1]
    common, rare = found.weights(terms)
    assert common is not None
    assert rare is not None
    assert 0 < common < rare


def test_an_unlisted_word_is_rare() -> None:
    found = plan({"gall": None, "ink": 1})
    assert [word.documents for word in found.words] == [1, 1]


def test_the_rarest_words_of_a_long_query_are_used() -> None:
    counts = {f"word{n:03}": 200.0 - n for n in range(100)}
    found = plan(dict(counts))
    weights = found.weights([term(word) for word in counts])
    assert [weight is None for weight in weights] == [n < 100 - WORDS_MAX for n in range(100)]


@given(counts=st.lists(st.floats(1, TEXTS), max_size=8))
def test_rarer_words_weigh_more(counts: list[float]) -> None:
    found = plan({f"w{n}": count for n, count in enumerate(counts)})
    weights = [word.weight for word in found.words]
    assert weights == sorted(weights, reverse=True)
    assert all(weight > 0 for weight in weights)
    assert [word.documents for word in found.words] == sorted(counts)

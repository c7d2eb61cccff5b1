"""Ranking by two scores."""

from hypothesis import given
from hypothesis import strategies as st

from shared.domain.search.fusion import Candidate, fused

scores = st.none() | st.floats(0.01, 30)
similarities = st.none() | st.floats(-1, 1)
candidates = st.lists(st.tuples(similarities, scores), max_size=20).map(
    lambda found: [Candidate(key, *each) for key, each in enumerate(_filled(found))]
)


def _filled(
    found: list[tuple[float | None, float | None]],
) -> list[tuple[float | None, int | None, int | None, float | None]]:
    return [(similarity, 0, 1, words) for similarity, words in found]


def candidate(key: int, similarity: float | None, words: float | None) -> Candidate:
    return Candidate(key, similarity, 0, 1, words)


def keys(*found: Candidate) -> list[int]:
    return [each.candidate.key for each in fused(found)]


def test_a_rare_word_outweighs_small_differences_of_meaning() -> None:
    alike = [candidate(key, 0.8 - key / 1000, 2.0) for key in range(20)]
    assert keys(*alike, candidate(99, None, 12.0))[0] == 99


def test_common_words_do_not_outweigh_meaning() -> None:
    assert keys(candidate(1, 0.9, None), candidate(2, 0.2, 3.0)) == [1, 2]


def test_one_kind_of_score_alone_orders_by_it() -> None:
    assert keys(candidate(1, 0.1, None), candidate(2, 0.9, None)) == [2, 1]
    assert keys(candidate(1, None, 1.0), candidate(2, None, 4.0)) == [2, 1]
    assert keys() == []


def test_equal_scores_are_ordered_by_key() -> None:
    assert keys(candidate(2, 0.5, 1.0), candidate(1, 0.5, 1.0)) == [1, 2]


def test_opposite_vectors_have_a_score() -> None:
    assert keys(candidate(1, -1.0, 1.0), candidate(2, -1.0, 2.0)) == [2, 1]


@given(candidates)
def test_the_order_follows_the_scores(found: list[Candidate]) -> None:
    ranked = fused(found)
    assert {each.candidate for each in ranked} == set(found)
    assert [each.score for each in ranked] == sorted((each.score for each in ranked), reverse=True)
    assert all(each.score <= 1 + 1e-9 for each in ranked)


@given(candidates)
def test_a_document_that_is_better_in_both_ways_is_never_behind(found: list[Candidate]) -> None:
    place = {each.candidate.key: number for number, each in enumerate(fused(found))}
    compared = [each for each in found if each.similarity is not None]
    for better in compared:
        for worse in compared:
            by_meaning = (better.similarity or 0) - (worse.similarity or 0)
            by_words = (better.word_score or 0) - (worse.word_score or 0)
            if by_meaning >= 1e-6 and by_words >= 1e-6:
                assert place[better.key] < place[worse.key]

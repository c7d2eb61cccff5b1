"""Near copies are grouped, other texts are not."""

import random
from collections.abc import Iterable

import pytest

from shared.domain.search.fusion import Ranked
from shared.domain.search.grouping import SKETCH_VALUES, grouped, shared_part

RANDOM = random.Random(7)


def words(number: int) -> list[int]:
    return RANDOM.sample(range(-(2**31), 2**31), number)


def sketch(hashes: Iterable[int]) -> list[int]:
    return sorted(set(hashes))[:SKETCH_VALUES]


def ranked(number: int) -> list[Ranked]:
    return [Ranked(key, 1.0) for key in range(number)]


def shown(*sketches: list[int]) -> list[tuple[int, int | None]]:
    groups = grouped(ranked(len(sketches)), dict(enumerate(sketches)))
    return [(each.key, each.copies) for each in groups]


@pytest.mark.parametrize("length", [1, 5, 50, 1000])
def test_identical_texts_are_shown_as_the_best_of_them(length: int) -> None:
    one, other = sketch(words(length)), sketch(words(length))
    assert shown(one, other, one, one, other) == [(0, 2), (1, 1)]


@pytest.mark.parametrize("length", [20, 200, 5000])
def test_texts_that_share_nine_tenths_of_their_words_are_copies(length: int) -> None:
    common = words(length)
    changed = length // 20
    one, other = common, [*common[changed:], *words(changed)]
    assert shown(sketch(one), sketch(other)) == [(0, 1)]


@pytest.mark.parametrize("length", [20, 200, 5000])
def test_texts_that_share_half_of_their_words_are_not(length: int) -> None:
    common = words(length)
    one, other = [*common, *words(length // 2)], [*common, *words(length // 2)]
    assert shown(sketch(one), sketch(other)) == [(0, 0), (1, 0)]


def test_the_shared_part_is_exact_for_short_texts() -> None:
    assert shared_part(frozenset({1, 2, 3}), frozenset({2, 3, 4})) == 0.5


def test_texts_without_words_or_a_sketch_are_groups_of_their_own() -> None:
    groups = grouped(ranked(3), {0: [], 1: []})
    assert [(each.key, each.copies) for each in groups] == [(0, 0), (1, 0), (2, 0)]


def test_copies_are_found_among_many_texts_with_common_words() -> None:
    common = words(100)
    texts = [sketch([*common, *words(100)]) for _ in range(150)]
    assert shown(*texts, *texts) == [(key, 1) for key in range(150)]

"""Passages: joined where they touch, chosen by what fits, and read in which order."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.answers.headings import headings
from shared.domain.answers.places import Chunk, places, relevant
from shared.domain.answers.selection import selected
from shared.domain.answers.sources import Passage, SourceDocument, joined
from shared.domain.refs import DocumentRef
from shared.domain.search.relevance import Relevance
from tests.domain.answers.hit_pages import page_of
from tests.support.collections import named

TEXT = "".join(chr(ord("a") + n % 26) for n in range(400))


def document(key: int = 1) -> SourceDocument:
    return SourceDocument(key, DocumentRef(named("c"), f"d{key}"), 1, b"hash", f"Title {key}")


def passage(start: int, end: int, key: int = 1, *, neighbour: bool = False) -> Passage:
    return Passage(document(key), start, end, TEXT[start:end], is_neighbour=neighbour)


def spans(passages: list[Passage]) -> list[tuple[int, int, int]]:
    return [(each.document.key, each.start, each.end) for each in passages]


def test_passages_that_touch_are_joined() -> None:
    found = joined([passage(10, 20), passage(50, 60), passage(18, 30), passage(30, 50)])
    assert spans(found) == [(1, 10, 60)]
    assert found[0].text == TEXT[10:60]


def test_passages_of_other_documents_or_apart_are_not() -> None:
    apart = [passage(10, 20), passage(10, 20, key=2), passage(21, 30)]
    assert joined(apart) == apart


def test_a_joined_passage_keeps_what_is_known_of_the_better_one() -> None:
    best = replace(passage(10, 20), similarity=0.9, headings=("Here",))
    before = replace(passage(0, 10, neighbour=True), headings=("Above",))
    whole = joined([best, before])[0]
    assert (whole.similarity, whole.headings, whole.is_neighbour) == (0.9, ("Above",), False)


SPANS = st.lists(
    st.tuples(st.integers(1, 3), st.integers(0, 300), st.integers(1, 90)).map(
        lambda each: passage(each[1], each[1] + each[2], each[0])
    ),
    max_size=12,
)


@given(SPANS)
def test_joining_loses_nothing_and_leaves_nothing_that_touches(passages: list[Passage]) -> None:
    found = joined(passages)
    for each in found:
        assert each.text == TEXT[each.start : each.end]
        assert not any(each.touches(other) for other in found if other is not each)
    for each in passages:
        assert any(
            whole.document == each.document and whole.start <= each.start and each.end <= whole.end
            for whole in found
        )


def test_whole_passages_are_chosen_while_they_fit() -> None:
    large, small = passage(0, 100), passage(150, 160)
    other, near = passage(0, 40, key=2), passage(160, 200, neighbour=True)
    found = selected([large, small, other, near], lambda each: len(each.text), 60, 5)
    assert spans([each.passage for each in found.in_prompt]) == [(1, 150, 160), (2, 0, 40)]
    assert spans([each.passage for each in found.sources if not each.in_prompt]) == [(1, 0, 100)]
    assert [each.number for each in found.sources] == [1, 2, 3]
    assert spans(found.left_out) == [(1, 0, 100)]


def test_neighbours_fill_half_of_the_room_at_most() -> None:
    near = [passage(10, 20, neighbour=True), passage(20, 30, neighbour=True)]
    found = selected([passage(0, 10), *near], lambda each: len(each.text), 40, 5)
    assert spans([each.passage for each in found.sources]) == [(1, 0, 20)]
    assert found.left_out == []


def test_no_more_sources_than_asked_for() -> None:
    found = selected(
        [passage(0, 10), passage(50, 60), passage(10, 20), passage(90, 95)], lambda _: 1, 100, 2
    )
    assert spans([each.passage for each in found.sources]) == [(1, 0, 20), (1, 50, 60)]


def chunk(key: int, start: int, similarity: float | None, *, word: bool = False) -> Chunk:
    end = start + 10
    return Chunk(key, b"h", start, end, similarity, word, (start - 10, start), (end, end + 10))


def test_the_best_chunk_of_each_document_comes_first() -> None:
    chunks = [
        chunk(1, 100, 0.5, word=True),
        chunk(1, 300, 0.9),
        chunk(1, 200, 0.4),
        chunk(2, 50, 0.6),
    ]
    order = [(each.key, each.start) for each in places([2, 1], chunks, {}) if not each.is_neighbour]
    assert order == [(2, 50), (1, 300), (1, 100), (1, 200)]
    neighbours = [each.start for each in places([2, 1], chunks, {}) if each.is_neighbour]
    assert neighbours == [60, 40, 310, 290, 110, 90]


@pytest.mark.parametrize(("word_place", "start"), [(None, 0), (100, 0), (5000, 4800)])
def test_a_text_without_chunks_is_read_around_its_words(word_place: int | None, start: int) -> None:
    (found,) = places([1], [], {1: word_place})
    assert (found.start, found.content_hash) == (start, None)


@pytest.mark.parametrize(
    ("levels", "kept"),
    [
        ([Relevance.STRONG, Relevance.WEAK, None], [0]),
        ([Relevance.WEAK, Relevance.FAIR], [1]),
        ([Relevance.WEAK, None], [0, 1]),
        ([None], [0]),
    ],
)
def test_weak_hits_are_left_out_beside_better_ones(
    levels: list[Relevance | None], kept: list[int]
) -> None:
    found = page_of("ink", [f"text {n}" for n in range(len(levels))], [None] * len(levels))
    keys = [hit.ranked.key for hit in found.hits]
    assert relevant(found, levels) == [keys[n] for n in kept]


@pytest.mark.parametrize(
    ("lead", "found"),
    [
        ("", ()),
        ("No heading. #tag", ()),
        ("# A\ntext\n## B\ntext\n### C\ntext", ("A", "B", "C")),
        ("# A\n## B\n## C ##\n", ("A", "C")),
        ("## B\n# A\n", ("A",)),
        ("# A\n```\n# comment\n```\n", ("A",)),
    ],
)
def test_headings(lead: str, found: tuple[str, ...]) -> None:
    assert headings(lead) == found

"""The tsvector of a document: positions, weights, and the limits of its type."""

import random
from itertools import pairwise

import pytest

from shared.domain.search.lexing.characters import SLICE_CHARACTERS
from shared.domain.search.lexing.documents import BYTES_MAX, lexed
from tests.domain.search.lexing.stored import stored

SHA256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"


def test_the_parts_of_a_text_have_positions_and_weights() -> None:
    assert stored("Ink dries.", title="The café", id_="n/1") == {
        "the": ["1A", "4A", "7A"],
        "café": ["2A", "5A", "8A"],
        "~cafe": ["2C", "5C", "8C"],
        "n": ["10B"],
        "n/1": ["10B"],
        "1": ["11B"],
        "ink": ["13"],
        "dri": ["14"],
    }


def test_a_compound_stands_where_its_first_part_does() -> None:
    found = stored("see a_b/c.d now")
    assert found["a_b/c.d"] == found["a_b"] == found["a"] == ["5"]
    assert (found["c"], found["c.d"], found["d"], found["now"]) == (["7"], ["7"], ["8"], ["9"])


def test_a_generated_id_is_a_single_word() -> None:
    uuid = "0190163d-8694-739b-aea5-966c26f8ad91"
    assert stored("ink", id_=uuid).keys() == {uuid, "ink"}


def test_the_length_counts_no_stop_words_and_no_id() -> None:
    assert lexed("english", "an id", "The ink", "don't dry on it").length == 2


def test_long_words_are_cut_and_long_compounds_have_no_whole() -> None:
    assert stored("x" * 130).keys() == {"id", "x" * 64, "xx"}
    assert stored(f"sha256:{SHA256}").keys() == {"id", "sha256", SHA256}


def test_words_at_the_end_of_a_slice_stay_whole() -> None:
    found = stored("line\n" * SLICE_CHARACTERS)
    assert found.keys() == {"id", "line"}
    text = "".join(chr(0x4E00 + n) for n in range(2 * SLICE_CHARACTERS))
    pairs = set(map("".join, pairwise(text)))
    assert pairs <= stored(text).keys()


def test_the_limits_of_a_tsvector_are_kept() -> None:
    found = stored("a " * 400 + "b " * 20_000 + "a c")
    assert len(found["a"]) == 255
    assert found["a"][-1] == found["b"][-1] == "16383C"
    assert found["c"] == ["16383C"]
    words = [f"{n:x}" for n in random.Random(7).sample(range(10**9), 110_000)]
    found = stored("quokka " + " ".join(words))
    assert "quokka" in found
    assert 0.9 * BYTES_MAX < sum(len(each) + 6 for each in found) <= BYTES_MAX


@pytest.mark.parametrize("mark", ["\u0301", "\u0344", "\uff9e", "\u0f73", "\U0001d165"])
def test_a_text_of_marks_is_lexed(mark: str) -> None:
    assert max(map(len, stored("a" + mark * 10_000))) <= 130


def test_binary_data_is_not_lexed() -> None:
    data = "iVBORw0KGgo" * 40
    found = stored(f"before ![photo](data:image/png;base64,{data}) after {data} end")
    assert found.keys() == {"id", "befor", "photo", "after", "end"}

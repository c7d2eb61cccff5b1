"""The tsvector of a document: positions, weights, and the limits of its type."""

import random
from itertools import pairwise

import pytest

from shared.domain.search.lexing import characters
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
    assert {each.partition("~")[0] for each in found} == {"id", "line"}
    text = "".join(chr(0x4E00 + n) for n in range(2 * SLICE_CHARACTERS))
    pairs = set(map("".join, pairwise(text)))
    assert pairs <= stored(text).keys()


JOINED = [
    ",".join(
        f'{{"code":"ERR-{number}","note":"it\'s-{number}"}}' for number in range(10_000, 12_000)
    ),
    ",".join(f"https://example.com/a_b/{number}?x={number}" for number in range(10_000, 13_000)),
    ";".join(f"{number}@mail.example.org" for number in range(10_000, 13_000)),
    "&".join(f"id=ＥＲＲ－{number}" for number in range(10_000, 13_000)),
    "、".join(f"東京{number}号" for number in range(10_000, 13_000)),
    "".join(chr(0x4E00 + number) for number in range(2 * SLICE_CHARACTERS)),
    "-".join(str(number) for number in range(10_000, 13_000)),
]


@pytest.mark.parametrize("text", JOINED)
def test_text_without_white_space_is_lexed_as_if_it_were_one_slice(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = lexed("english", "id", None, text)
    monkeypatch.setattr(characters, "SLICE_CHARACTERS", 10**6)
    assert found == lexed("english", "id", None, text)


def test_a_frequent_word_has_further_positions() -> None:
    found = stored("ink " * 600 + "dry")
    assert (found["ink"][0], found["ink"][-2:]) == ("4", ["257", "603"])
    assert (found["ink~0"][0], found["ink~0"][-1]) == ("258", "512")
    assert (found["ink~1"][0], found["ink~1"][-1]) == ("513", "602")
    assert found["dri"] == ["604"]
    assert "ink~2" not in found


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

"""The part of a long text that is looked at has the query's words, however they are written."""

import random
import time
import unicodedata
from collections.abc import Sequence

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shared.domain.search.lexing.queries import query_terms
from shared.domain.search.query import Passage
from shared.domain.search.snippets.matching import Lexemes, wanted_lexemes
from shared.domain.search.snippets.near_words import Part, part_of
from shared.domain.search.snippets.searchable import Searchable, base_letters
from shared.domain.search.snippets.snippet import snippet

FILLER = "0123 4567 89. " * 250
HOSTILE_CHARACTERS = 200_000


def lexemes_of(query: str, language: str) -> Lexemes:
    """Return the lexemes of a query. Its first word is the rarest."""
    terms = query_terms(query, [language])
    return wanted_lexemes(terms, [100.0 - number for number, _ in enumerate(terms)], language)


def part(text: str, query: str, language: str = "english") -> Part:
    passage = Passage(text, language, is_start=True, is_end=True, start=1000)
    return part_of(passage, lexemes_of(query, language))


@pytest.mark.parametrize(
    ("language", "written", "query"),
    [
        ("german", "Schlüssel", "Schlüssel"),
        ("german", "Straße", "strasse"),
        ("german", "Häuser", "Haus"),
        ("german", "München", "muenchen München"),
        ("french", "école", "ecole"),
        ("french", "heureuse", "heureux"),
        ("french", "fréquences", "fréquence"),
        ("polish", "żółw", "zolw"),
        ("russian", "ёлка", "елка"),
        ("russian", "ЁЛКА", "ёлка"),
        ("arabic", "أحمد", "احمد"),
        ("arabic", "مُحَمَّد", "محمد"),
        ("hebrew", "שָׁלוֹם", "שלום"),
        ("english", "conﬁguration", "configuration"),
        ("english", "config\u00aduration", "configuration"),
        ("english", "ＡＢＣ", "abc"),
        ("english", "İstanbul, Ankara", "ankara"),
        ("english", "skies", "sky"),
        ("english", "hoping", "hope"),
        ("english", "ladies", "lady"),
        ("english", "parseHttpRequest", "http"),
        ("english", "O’Brien", "obrien"),
        ("english", "O\u02bcBrien", "obrien"),
        ("french", "l\u02bcamour", "amour"),
        ("english", "v2.14.3", "2.14.3"),
        ("irish", "bhean", "bean"),
        ("dutch", "gelopen", "lopen"),
        ("vietnamese", unicodedata.normalize("NFD", "tiếng Việt"), "tiếng"),
        ("simple", "墨水", "墨水"),
        ("simple", "ｶﾞｽ", "ガス"),
        ("simple", "กำลังทำงาน", "ทำงาน"),
        ("simple", "हिन्दी", "हिन्दी"),
        ("greek", "Οδυσσεύς", "οδυσσευς"),
    ],
)
def test_a_word_is_found_in_a_long_text_as_it_is_written(
    language: str, written: str, query: str
) -> None:
    near = part(f"{FILLER}{written} here. {FILLER}", query, language)
    assert [near.text[each.start : each.end] for each in near.found]
    assert unicodedata.normalize("NFC", written) in near.text


@pytest.mark.parametrize(
    ("query", "decoy", "written"),
    [
        ("ink", "We think so. Drinking!", "Ink"),
        ("art", "We start.", "art"),
        ("cookie", "Cooking with cooks.", "cookies"),
        ("viii", "A very vivid view: VII.", "VIII"),
        ("iiii", "iii iiiiii i ", "IIII"),
        ("2024", "Order 12024 5", "2024"),
        ("zip", "é unzipped ", "zip"),
    ],
)
def test_a_part_of_another_word_is_no_match(query: str, decoy: str, written: str) -> None:
    for many in (1, 200):
        text = f"{FILLER}{decoy * many} {FILLER}The {written} is here. {FILLER}"
        assert f"The <mark>{written}</mark> is here." in snippet(part(text, query))[0]


def test_a_word_of_a_long_run_without_white_space_is_found() -> None:
    run = ",".join(f'{{"code":"ERR-{number}","at":{number}}}' for number in range(2000))
    near = part(run, "ERR-1234")
    assert '"ERR-1234"' in near.text
    assert near.found


def test_the_words_of_other_scripts_are_found_between_unspaced_ones() -> None:
    text = "我们每天在图书馆读书" * 500
    near = part(f"{text}使用iPhone手机{text}", "iphone")
    assert [near.text[each.start : each.end] for each in near.found] == ["iPhone"]


DATA = "iVBORw0KGgo" * 2000


@pytest.mark.parametrize(
    "before",
    [
        f"See ![photo](data:image/png;base64,{DATA}) and read. ",
        f"{FILLER}{DATA}\n{FILLER}{DATA}\n",
        unicodedata.normalize("NFD", "Đường phố Việt Nam rất đẹp. ") * 300,
        "a\u0301\u034f\x01 " * 40,
        "\x01\x02 " * 2000,
        "conﬁgu\u00adre Straße İ " * 300,
    ],
)
@pytest.mark.parametrize("behind", ["", FILLER])
def test_offsets_are_those_of_the_content(before: str, behind: str) -> None:
    text = f"{before}Afterwards bleed the line. {behind}"
    near = part(text, "bleed")
    place = near.origin(near.found[0].start) - 1000
    assert text[place : place + 5] == "bleed"
    shown = snippet(near)[1]
    start, end = near.origin(shown.start) - 1000, near.origin(shown.end) - 1000
    assert start <= place < place + 5 <= end


def test_offsets_of_decomposed_accents_do_not_divide_letters() -> None:
    word = unicodedata.normalize("NFD", "Việt")
    near = part(f"{word} {word}. ", "viet", "simple")
    first, second = near.found
    assert near.origin(first.end) == 1000 + len(word)
    assert near.origin(second.start) == 1000 + len(word) + 1
    assert near.origin(len(near.text)) == 1000 + 2 * len(word) + 3


@given(st.text(max_size=200))
def test_a_searchable_text_has_the_base_letters_of_each_character(text: str) -> None:
    searchable = Searchable(text)
    assert searchable.text == "".join(map(base_letters, text))
    origins = [searchable.origin(offset) for offset in range(len(searchable.text) + 1)]
    assert origins == sorted(origins)
    for offset, letter in enumerate(searchable.text):
        assert letter in base_letters(text[origins[offset]])


def seconds(text: str, query: str) -> float:
    lexemes = lexemes_of(query, "english")
    started = time.process_time()
    part_of(Passage(text, "english", is_start=True, is_end=True), lexemes)
    return time.process_time() - started


@pytest.mark.parametrize(
    ("unit", "query"),
    [
        ("a", "a b aa"),
        ("think ", "ink"),
        ("configura", "configuration"),
        ("ﬁ", "configuration fi"),
        ("ﬁt ", "fit"),
        ("e\u0301", "e"),
        ("\u00ad", "x"),
        ("\u0301", "x"),
        ("墨水", "墨水"),
        ("a b ", "b"),
        ("İ", "i"),
    ],
)
def test_the_time_of_a_text_is_linear(unit: str, query: str) -> None:
    short, long = ((unit * size)[:size] for size in (HOSTILE_CHARACTERS, 5 * HOSTILE_CHARACTERS))
    assert seconds(long, query) < 10 * seconds(short, query) + 0.5


RANDOM = random.Random(5)


def random_text(parts: Sequence[str]) -> str:
    return "".join(RANDOM.choices(parts, k=10_400))[:10_400]


@pytest.mark.parametrize(
    "parts",
    [
        ("x", "y", "z"),
        ("x", "y", "Z"),
        ("xxz", "zyx", "é,", "yzx,"),
        ("é.", "x-", "zx_", "xy/", "z'"),
        ("ﬁ ", "x", "½", "zx."),
        ("x" * 13 + "q ",),
    ],
)
def test_the_time_of_a_page_is_bounded(parts: Sequence[str]) -> None:
    query = "xxx xxz xzx zxx xzz zxz zzx x xx xxxx xxxxx xxxxxx"
    lexemes = lexemes_of(query, "english")
    passages = [
        Passage(f"{random_text(parts)} {query}", "english", is_start=True, is_end=True)
        for _ in range(100)
    ]
    started = time.process_time()
    for passage in passages:
        part_of(passage, lexemes)
    assert time.process_time() - started < 3


@example(text="㍿", query=" 株式")
@given(text=st.text(max_size=60), query=st.text(max_size=12))
def test_any_long_text_has_a_part(text: str, query: str) -> None:
    near = part(f"{FILLER}{text}{query} {FILLER}", query, "simple")
    assert near.text
    for match in near.found:
        assert 1000 <= near.origin(match.start) <= near.origin(match.end)

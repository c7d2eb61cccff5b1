"""The answer's citations: numbers of sources, and words between quotation marks."""

from collections.abc import Sequence

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shared.domain.answers.citations import CitationStream
from shared.domain.answers.events import Citation, CitationKind, Delta
from shared.domain.answers.sources import Passage, Source, SourceDocument
from shared.domain.refs import DocumentRef
from tests.support.collections import named

INK = "Ink dries in three minutes. It is made of soot & water.\nCafé ink — “sepia” — is brown."
OIL = "Oil paint needs a week to dry. Linseed oil is common."


def source(number: int, text: str, start: int = 100) -> Source:
    document = SourceDocument(number, DocumentRef(named("c"), f"d{number}"), 1, b"hash", None)
    return Source(number, Passage(document, start, start + len(text), text))


SOURCES = [source(1, INK), source(2, OIL, start=0)]


def read(written: str, sources: Sequence[Source] = SOURCES, size: int = 3) -> CitationStream:
    """Return the stream after a text that came in pieces, with its events in `events`."""
    stream = CitationStream("How long does ink take?", sources)
    events: list[Delta | Citation] = []
    for at in range(0, len(written), size):
        events += stream.feed(written[at : at + size])
    events += stream.end()
    assert "".join(each.text for each in events if isinstance(each, Delta)) == stream.text
    stream.events = events  # type: ignore[attr-defined]
    return stream


def citations(stream: CitationStream) -> list[Citation]:
    return [each for each in stream.events if isinstance(each, Citation)]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("written", "answer", "numbers"),
    [
        ("Ink dries fast [1].", "Ink dries fast [1].", [1]),
        ("Both dry [1][2].", "Both dry [1][2].", [1, 2]),
        ("Both dry [1, 2].", "Both dry [1][2].", [1, 2]),
        ("Both dry [1-2].", "Both dry [1][2].", [1, 2]),
        ("Both dry [ Source 2 ].", "Both dry [2].", [2]),
        ("Both dry 【2】.", "Both dry [2].", [2]),
        ("Both dry [^1].", "Both dry [1].", [1]),
        ("Ink dries [7].", "Ink dries.", []),
        ("Ink dries [1, 7].", "Ink dries [1].", [1]),
        ("Ink dries [1-999999].", "Ink dries [1][2].", [1, 2]),
        ("A list [a, b] and x[i].", "A list [a, b] and x[i].", []),
        ("It ends in [1", "It ends in [1", []),
        ("It ends in [1]", "It ends in [1]", [1]),
        ("[1] says that ink dries.", "[1] says that ink dries.", [1]),
        ("A [[1]] b", "A [[1]] b", [1]),
        ("- ink [1]\n- oil [2]\n", "- ink [1]\n- oil [2]\n", [1, 2]),
    ],
)
@pytest.mark.parametrize("size", [1, 2, 5, 1000])
def test_numbers_of_sources(written: str, answer: str, numbers: list[int], size: int) -> None:
    stream = read(written, size=size)
    assert stream.text == answer
    found = [each for each in citations(stream) if each.kind is CitationKind.REFERENCE]
    assert [each.source.number for each in found if each.source] == numbers
    for each in found:
        assert each.source
        assert stream.text[each.start : each.end].strip() == f"[{each.source.number}]"


def test_removed_numbers_are_counted() -> None:
    assert read("Ink [7] dries [8, 9] fast [1].").counts.removed == 3


def test_the_quotation_is_the_sentence_that_supports_the_claim() -> None:
    stream = read("Soot and water make it [1]. A week for linseed paint to dry [2].")
    first, second = citations(stream)
    assert first.quote == "It is made of soot & water."
    assert first.quote_start == 100 + INK.index("It is")
    assert second.quote == "Oil paint needs a week to dry."
    assert first.support == 0.67  # "make" is not in the text


@pytest.mark.parametrize(
    ("written", "quote"),
    [
        ('It "dries in three minutes".', "dries in three minutes"),
        ("It “dries   in THREE minutes,” they say.", "dries in three minutes"),
        ("Es „dries in three minutes“.", "dries in three minutes"),
        ('It "dries in three minutes [1]."', "dries in three minutes"),
        ('It "dries in three [7] minutes".', "dries in three minutes"),
        ("Elle « dries in three minutes ».", "dries in three minutes"),
        ("Elle «\u00a0dries in three minutes\u00a0».", "dries in three minutes"),
        ("Es »dries in three minutes«.", "dries in three minutes"),
        ("Det ”dries in three minutes”.", "dries in three minutes"),
        ('他说"dries in three minutes"。', "dries in three minutes"),
        ('"Cafe ink"', None),
        ("Elle «dries in three minutes».", "dries in three minutes"),
        ('It is "made of soot & water. Cafe\u0301 ink".', "made of soot & water.\nCafé ink"),
        ('"Ink dries … soot & water"', "Ink dries in three minutes. It is made of soot & water"),
        ('"dries in three min"', None),
        ('"dries in four minutes"', None),
        ('"soot … three minutes"', None),
    ],
)
def test_words_between_quotation_marks(written: str, quote: str | None) -> None:
    stream = read(written)
    found = [each for each in citations(stream) if each.kind is CitationKind.QUOTATION]
    assert [each.quote for each in found] == [quote]
    assert stream.counts.unverified == sum(not each.is_verified for each in found)


@pytest.mark.parametrize("written", ['A 5" line, a 6" line.', '"soot & water - "', '"" “ ”'])
def test_marks_without_words_between_them(written: str) -> None:
    assert citations(read(written)) == []


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        ("铁胆墨水在棉纸上三分钟内变干。它会变黑。", "三分钟内变干"),
        ("インクは三分で乾きます。", "三分で乾き"),
        ("หมึกแห้งในสามนาทีบนกระดาษ", "สามนาที"),
        ("철담즙 잉크는 삼 분 안에 마릅니다.", "잉크"),
        ("Ink dries [3] fast.", "dries (3) fast"),
    ],
)
def test_words_of_a_script_without_spaces_are_found(text: str, quoted: str) -> None:
    stream = read(f"It says “{quoted}” [1].", [source(1, text)])
    assert citations(stream)[0].is_verified


def test_a_part_of_a_character_is_not_found() -> None:
    stream = read("「가」", [source(1, "각")])  # the syllable begins with the other's letters
    assert not citations(stream)[0].is_verified


def test_quotations_inside_others_are_looked_up_too() -> None:
    stream = read('He says "ink “dries in three minutes”" and “sepia «is» brown”.', size=1)
    spans = [stream.text[each.start : each.end] for each in citations(stream)]
    assert spans == [
        "dries in three minutes",
        "ink “dries in three minutes”",
        "is",
        "sepia «is» brown",
    ]


def test_a_long_quotation_is_looked_up() -> None:
    assert read(f"“{'never ' * 300}”").counts.unverified == 1


def test_a_quotation_that_is_in_no_source_is_not_verified() -> None:
    stream = read('The label says "never shake the bottle" [1].')
    quotation = citations(stream)[0]
    assert not quotation.is_verified
    assert quotation.quote is None
    assert stream.text[quotation.start : quotation.end] == "never shake the bottle"


@pytest.mark.parametrize("written", ["NONE", " NONE. ", '"NONE"', "NONE\nThe sources do not say."])
def test_the_model_says_that_there_is_no_answer(written: str) -> None:
    stream = read(written, size=1)
    assert stream.says_none
    assert stream.text == ""


@pytest.mark.parametrize("written", ["None of them dries [1].", "NO", "NONETHELESS", "N"])
def test_other_words_are_an_answer(written: str) -> None:
    stream = read(written, size=1)
    assert not stream.says_none
    assert stream.text == written


PIECES = st.lists(
    st.sampled_from(
        ["ink", " ", "[", "]", "1", "2", "9", ",", '"', "“", "”", "«", "»", "\n", "dries", "é"]
    ),
    max_size=60,
)


@given(PIECES, st.integers(1, 7))
@example(['"', "ink", '"', "ink"], 1)
@example(["[", "1", "\n", "]"], 1)
@example(["[", *["1", ","] * 20, "1", "]"], 1)
@example(["[", *["1", ","] * 14, "1", "1", "]"], 7)
def test_any_text_gives_the_same_answer_in_any_pieces(parts: list[str], size: int) -> None:
    written = "".join(parts)
    whole, cut = read(written, size=1000), read(written, size=size)
    assert whole.text == cut.text
    assert whole.counts == cut.counts
    assert citations(whole) == citations(cut)
    for each in citations(cut):
        if each.quote is not None and each.source:
            passage = each.source.passage
            assert each.quote_start is not None
            assert passage.text[each.quote_start - passage.start :].startswith(each.quote)

"""Snippets show the rarest matched word, in whole sentences, and nothing but <mark> is markup."""

import html

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.search.lexing.queries import query_terms
from shared.domain.search.query import Passage
from shared.domain.search.snippets.excerpts import EXCERPT_CHARACTERS
from shared.domain.search.snippets.matching import wanted_lexemes
from shared.domain.search.snippets.near_words import part_of
from shared.domain.search.snippets.snippet import highlighted, snippet

FILLER = "The payment service answers every request within a second on ordinary days. "
ODD = "On Tuesday the payment gateway stopped with code QX7731B after midnight. "


def quote(text: str, query: str, language: str = "english") -> str:
    """Return a snippet. The first word of the query is the rarest."""
    terms = query_terms(query, [language])
    rarity = [100.0 - number for number, _ in enumerate(terms)]
    lexemes = wanted_lexemes(terms, rarity, language)
    return snippet(part_of(Passage(text, language, is_start=True, is_end=True), lexemes))[0]


def plain(quoted: str) -> str:
    return html.unescape(quoted.replace("<mark>", "").replace("</mark>", ""))


@pytest.mark.parametrize("repeated", [0, 3, 60, 600])
def test_the_rarest_word_is_shown_in_whole_sentences(repeated: int) -> None:
    quoted = quote(FILLER * repeated + ODD + FILLER * repeated, "QX7731B payment")
    assert "<mark>payment</mark> gateway stopped with code <mark>QX7731B</mark>" in quoted
    assert plain(quoted) in FILLER * 600 + ODD + FILLER * 600
    assert len(plain(quoted)) <= EXCERPT_CHARACTERS + 2


def test_a_cut_sentence_is_shown_as_cut() -> None:
    quoted = plain(quote("word " * 100 + "quokka " + "word " * 100, "quokka"))
    assert quoted.startswith("…word")
    assert quoted.endswith("word…")
    assert "quokka" in quoted


@pytest.mark.parametrize("wrap", ["\n", " \n", "\r\n", "\n    "])
def test_a_line_that_is_wrapped_in_a_sentence_is_cut(wrap: str) -> None:
    lines = [f"the tool follows symbolic links number {number} in the" for number in range(20)]
    quoted = plain(quote(wrap.join([*lines[:10], "quokka and", *lines[10:]]), "quokka"))
    assert quoted.startswith("…")
    assert quoted.endswith("…")
    whole = plain(quote(f"{wrap.join(lines)} end. A quokka {wrap}sleeps. {FILLER * 5}", "quokka"))
    assert whole.startswith("A quokka")
    assert whole.endswith("days.")


@pytest.mark.parametrize(
    "line", ["Links of the quokka", "- links of the quokka", "links of the quokka"]
)
def test_a_line_of_its_own_is_not_cut(line: str) -> None:
    quoted = plain(quote(f"{line}\n" * 20, "quokka"))
    assert "…" not in quoted


@pytest.mark.parametrize(
    ("language", "text", "query", "marked"),
    [
        ("english", "The engines were running.", "engine run", "engines"),
        ("french", "Cafe\u0301 ferme\u0301.", "cafe", "Café"),
        ("simple", "soft\u00adhyphen", "softhyphen", "soft\u00adhyphen"),
        ("simple", "公司报销流程需要签字。", "报销流程", "报销流程"),
        ("simple", "นโยบายการคืนเงินอยู่", "คืนเงิน", "คืนเงิน"),
        ("simple", "กำลังทำงาน", "ทำงาน", "ทำงาน"),
        ("simple", "ｶﾞｽ料金", "ガス", "ｶﾞｽ"),
        ("english", "The code is RE-2024-00173.", "RE-2024-00173", "RE-2024-00173"),
        ("english", "O’Reilly said so.", "o'reilly", "O’Reilly"),
        ("french", "Il est d'accord, à peu près.", "accord", "d'accord"),
        ("simple", "𐌲𐌰𐍂𐌳𐍃 and 😀smile", "𐌲𐌰𐍂𐌳𐍃", "𐌲𐌰𐍂𐌳𐍃"),
        ("simple", "𐌲𐌰𐍂𐌳𐍃 and 😀smile", "smile", "smile"),
        ("english", "Place <Tooltip> here.", "tooltip", "Tooltip"),
    ],
)
def test_words_are_marked_as_the_text_writes_them(
    language: str, text: str, query: str, marked: str
) -> None:
    assert f"<mark>{html.escape(marked)}</mark>" in quote(text, query, language)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("## The ink\n\n**Ink** dries on `paper`.", "The ink\n\nInk dries on paper."),
        ("See [the ink](https://example.com/x) page.", "See the ink page."),
        ("![ink](a.png) dries", "ink dries"),
        ("| ink | 3 |\n|---|---|\n| nib | 4 |", "ink 3\nnib 4"),
        ("```python\nink = 1\n```", "ink = 1"),
        ("> ink dries\n- nib", "ink dries\nnib"),
        ("> > ink\n> - nib\n- [x] pen", "ink\nnib\npen"),
        ("Ink\n===\n* * *\nnib", "Ink\nnib"),
        (
            "The *ink* is *very* dry, 2*3*4, *.py or *.md",
            "The ink is very dry, 2*3*4, *.py or *.md",
        ),
        ('![ink](a.png "Title") dries', "ink dries"),
        ("2 * 3 * 4 # ink a|b __init__", "2 * 3 * 4 # ink a|b __init__"),
        ("[a](https://ink.org)", "a https://ink.org"),
    ],
)
def test_marks_of_markdown_are_left_out(text: str, expected: str) -> None:
    assert plain(quote(text, "ink")) == expected


def test_binary_data_is_left_out() -> None:
    text = f"Before ![photo](data:image/png;base64,{'iVBORw0KGgo' * 400}) the ink dries."
    assert plain(quote(text, "ink")) == "Before ![photo]( … ) the ink dries."


def test_titles_are_marked_as_a_whole() -> None:
    terms = query_terms("ink", ["english"])
    lexemes = wanted_lexemes(terms, [1.0], "english")
    assert highlighted("How <ink> & inks dry", lexemes) == (
        "How &lt;<mark>ink</mark>&gt; &amp; <mark>inks</mark> dry"
    )


@given(
    text=st.text(min_size=1, max_size=600).filter(lambda text: bool(text.strip())),
    query=st.text(max_size=20),
)
def test_a_snippet_of_any_text_is_safe_and_never_empty(text: str, query: str) -> None:
    quoted = quote(text, query, "simple")
    assert quoted.replace("<mark>", "").replace("</mark>", "").count("<") == 0
    assert quoted or not any(map(str.isprintable, text.replace(" ", "")))

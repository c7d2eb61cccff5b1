"""Phrases, exclusions and OR; everything else is text."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.search.query_syntax import ParsedQuery, parse_query


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ('"exact phrase"', ParsedQuery("exact phrase", (("exact phrase",),))),
        ("“exact phrase” ink", ParsedQuery("exact phrase ink", (("exact phrase",),))),
        ("ink -paper", ParsedQuery("ink", (), ("paper",))),
        ('ink -"on paper" dry', ParsedQuery("ink dry", (), ("on paper",))),
        ("ink -2024 -foo_bar", ParsedQuery("ink", (), ("2024", "foo_bar"))),
        ('"a b" OR "c d" e', ParsedQuery("a b c d e", (("a b", "c d"),))),
        ('"a b" OR c', ParsedQuery("a b c", (("a b", "c"),))),
        ('"a b" "c d"', ParsedQuery("a b c d", (("a b",), ("c d",)))),
        ("ink OR paper", ParsedQuery("ink paper")),
        ("„gallus tinte“ rot", ParsedQuery("gallus tinte rot", (("gallus tinte",),))),
        ("«encre noire»", ParsedQuery("encre noire", (("encre noire",),))),
        ("＂gall ink＂", ParsedQuery("gall ink", (("gall ink",),))),
        ("ink \u2212paper", ParsedQuery("ink", (), ("paper",))),
        ("ink \u2212“on 5 papers”", ParsedQuery("ink", (), ("on 5 papers",))),
        ("ink －「紙」 －“gall”", ParsedQuery("ink －「紙」", (), ("gall",))),
        ('("gall ink")', ParsedQuery("( gall ink )", (("gall ink",),))),
        ('"東京"の 地図', ParsedQuery("東京 の 地図", (("東京",),))),
        ('新しい"東京"の地図', ParsedQuery("新しい 東京 の地図", (("東京",),))),
    ],
)
def test_syntax_is_understood(query: str, expected: ParsedQuery) -> None:
    assert parse_query(query) == expected


@pytest.mark.parametrize(
    "query",
    [
        "fast drying  ink",
        '"',
        'say "hello',
        '""',
        '"..." ink',
        '5" disk and 3" disk',
        "-",
        "ink - paper",
        "-ink",
        '-"ink dries"',
        "--flag well-being",
        "OR",
        "OR ink",
        "this or that",
        'a"b c"d',
        'ink"東京"',
        'print("hello world")',
        "5\u20136 \u2013 7",
        "temperature \u22125 celsius",
        "battle 1914 \u20131918",
        "la casa \u2013como siempre\u2013 está vacía",
        "",
    ],
)
def test_anything_else_is_text(query: str) -> None:
    assert parse_query(query) == ParsedQuery(query)


@given(st.text(alphabet='ab東( "“”«-−OR', max_size=30))
def test_no_word_is_lost(query: str) -> None:
    parsed = parse_query(query)
    kept = f"{parsed.text} {' '.join(parsed.excluded)}".count("a")
    assert kept == query.count("a")


def test_the_time_is_linear() -> None:
    for unit in ('("', '東"', "«", '-"', '("a" ', "東−"):
        started = time.process_time()
        parse_query(unit * 20_000)
        assert time.process_time() - started < 1

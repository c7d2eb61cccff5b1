"""Marks of Markdown are left out of snippets, and code stays as it is."""

import pytest

from shared.domain.search.snippets.markdown import without_markdown


def plain(text: str) -> str:
    return without_markdown(text, lambda _: False)


@pytest.mark.parametrize(
    "code",
    [
        "SELECT count(*), sum(*) FROM ink",
        "SELECT ink.*, nib.* FROM ink",
        "src/*/*.py",
        "*.py or *.md",
        "cp *.jpg images/*",
        "*test*.py",
        "find -name '*test*'",
        "src/**/*.py and lib/**/*.py",
        "**/*.py and **/*.md",
        "/* c */ int x; /* d */",
        "/*c*/ int x; /*d*/",
        "(*c*) x",
        "2*3*4",
        "a * b * c",
        "(a)*b*(c)",
        "2**3**4",
        "(a+b)**2 + (c+d)**2",
        "char *p, *q",
        "char *p = (char*) q;",
        "void f(char *a, char* b)",
        "(*p)->x = (*q)->y",
        "**pp = **qq;",
        "f(*args, **kwargs)",
        "f(**a,**b)",
        "{**a,**{}}",
        "handlers[name](event)",
        "\x02handlers\x03[name](event)",
        "a: *x, b: *y",
        "*/5 * * * * cmd",
        "* * * * * cmd",
        "*see note",
        "5* and 6*",
        "\x02a\x03*b*\x02c\x03",
        r"\*ink\*",
        "if (a ||\n  b) ink",
        "|| ink",
        "cat ink |\n  sort",
        "- 5 degrees",
        "+ 2 - 1",
    ],
)
def test_code_and_footnotes_stay(code: str) -> None:
    assert plain(code) == code


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The *ink* is *very* dry", "The ink is very dry"),
        ("*don't* read *Moby-Dick*, *now*.", "don't read Moby-Dick, now."),
        ("(*very* dry, or *less*)", "(very dry, or less)"),
        ("the *\x02ink\x03 here* dries", "the \x02ink\x03 here dries"),
        ("*हिन्दी* and *重点*。", "हिन्दी and 重点。"),
        ("**Note:** the **Q&A, part 1.** here", "Note: the Q&A, part 1. here"),
        ("***ink*** and **a *dry* nib**", "ink and a dry nib"),
        ("这是**重点**内容。", "这是重点内容。"),
        ("\x02公司\x03**重点**\x02公司\x03", "\x02公司\x03重点\x02公司\x03"),
        ("**use `ink` now**, ~~not~~ later", "use ink now, not later"),
        ("`*x*` and `SELECT count(*)`", "*x* and SELECT count(*)"),
        ("见[文档](x), ![a](b)![c](d)", "见文档, ac"),
    ],
)
def test_emphasis_is_left_out(text: str, expected: str) -> None:
    assert plain(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("| ink | 3 |\n| nib |", "ink 3\nnib"),
        ("ink | 3 |\n  | 4 | nib", "ink 3\n4 nib"),
        ("| a || b |", "a  b"),
        ("- ink\n+ nib\n* 3 pens", "ink\nnib\n3 pens"),
    ],
)
def test_rows_and_bullets_are_left_out(text: str, expected: str) -> None:
    assert plain(text) == expected

"""CSV, TSV and JSON Lines: rows with the names of their columns."""

import pytest

from shared.domain.files.parts import FileErrorCode, Mark
from tests.adapters.extraction.conftest import Fails, Reads


def test_rows_have_the_header_and_count_as_a_spreadsheet_does(reads: Reads) -> None:
    (part,) = reads("people.csv", 'Name;Ort;Jahr\nAda;Köln;1990\n\n"Jun;\nIto";Tokio;\n')
    assert part.title == "people"
    assert part.text == "Name: Ada\nOrt: Köln\nJahr: 1990\n\nName: Jun;\nIto\nOrt: Tokio"
    assert part.marks == (Mark("row", 2, 0), Mark("row", 4, part.text.index("Name: Jun")))


def test_a_table_without_a_header(reads: Reads) -> None:
    (part,) = reads("n.tsv", "1\tred\n2\tblue, green\n")
    assert part.text == "column 1: 1\ncolumn 2: red\n\ncolumn 1: 2\ncolumn 2: blue, green"
    assert [mark.number for mark in part.marks] == [1, 2]


def test_a_single_column_and_more_cells_than_columns(reads: Reads) -> None:
    assert reads("a.csv", "Word\nink\npaper\n")[0].text == "Word: ink\n\nWord: paper"
    assert reads("a.csv", "A,B\n1,2,3\n")[0].text == "A: 1\nB: 2\ncolumn 3: 3"


def test_windows_text_in_a_table(reads: Reads) -> None:
    assert reads("a.csv", "Ort,Land\nKöln,DE\n".encode("cp1252"))[0].text == "Ort: Köln\nLand: DE"


def test_a_missing_quotation_mark(fails: Fails) -> None:
    failure = fails("a.csv", 'a,b\n"' + "x,y\n" * 300_000)
    assert failure.code == FileErrorCode.UNREADABLE
    assert "Row 2 has a field of more than 1,048,576 characters" in failure.message


def test_a_long_table_is_cut_between_rows(reads: Reads) -> None:
    rows = "".join(f"{n},Color {n},{n * 3}\n" for n in range(2, 20_002))
    parts = reads("long.csv", "Number,Color,Price\n" + rows)
    assert len(parts) > 3
    for part in parts:
        assert part.marks[0].start == 0
        for mark in (part.marks[0], part.marks[-1]):
            assert part.text[mark.start :].startswith(f"Number: {mark.number}\nColor: Color ")


def test_json_lines(reads: Reads) -> None:
    lines = [
        '{"title": "Ink", "content": "It dries.", "id": 7}',
        "",
        '{"text": "Broken \\ud800 \\u0000text"}',
        '{"name": "Ada", "born": 1990, "likes": ["ink", "pens"], "none": null, "at": {"x": 1.5}}',
        '"A text."',
    ]
    (part,) = reads("log.jsonl", "\n".join(lines))
    texts = [
        "Ink\n\nIt dries.",
        "Broken \ufffd text",
        'name: Ada\nborn: 1990\nlikes: ink, pens\nat: {"x": "1.5"}',
        "A text.",
    ]
    assert part.text == "\n\n".join(texts)
    assert [mark.number for mark in part.marks] == [1, 3, 4, 5]
    assert all(
        part.text[mark.start :].startswith(text)
        for mark, text in zip(part.marks, texts, strict=True)
    )


def test_a_line_that_is_not_json(fails: Fails) -> None:
    failure = fails("a.jsonl", '{"a": 1}\n{oops\n')
    assert (failure.code, failure.message) == (FileErrorCode.UNREADABLE, "Line 2 is not JSON.")
    assert fails("a.jsonl", "[" * 100_000).message == "Line 1 is not JSON."


@pytest.mark.parametrize(
    "line",
    ["sep=;\n", "SEP=;\r\n", '"sep=;"\n', "\ufeffsep=;\n"],
    ids=["", "upper", "quoted", "mark"],
)
def test_the_line_in_which_excel_names_the_delimiter(reads: Reads, line: str) -> None:
    (part,) = reads("a.csv", line + "Name;Ort\nAda;Köln, Deutz\n")
    assert part.text == "Name: Ada\nOrt: Köln, Deutz"
    assert part.marks == (Mark("row", 2, 0),)


def test_other_first_lines_about_separators(reads: Reads) -> None:
    assert (
        reads("a.csv", "sep=;;x\n1;2;3\n")[0].text
        == "column 1: sep=\ncolumn 3: x\n\ncolumn 1: 1\ncolumn 2: 2\ncolumn 3: 3"
    )
    assert reads("a.csv", "sep=\nink\n")[0].text == "sep=: ink"
    assert (
        reads("a.csv", "sep=\t\nName\tOrt\nAda\tKöln\n".encode("utf-16"))[0].text
        == "Name: Ada\nOrt: Köln"
    )


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ('{"text": "", "summary": "The pump leaks"}', "summary: The pump leaks"),
        ('{"title": "Ink", "content": " \\n", "n": 7}', "title: Ink\nn: 7"),
        ('{"content": "", "text": "It dries."}', "It dries."),
        ('{"text": null, "a": "b"}', "a: b"),
    ],
)
def test_json_lines_whose_texts_are_blank(reads: Reads, line: str, text: str) -> None:
    assert reads("a.jsonl", line)[0].text == text

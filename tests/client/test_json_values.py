"""Files of JSON documents are read one by one, whatever their shape."""

import io
import json
from typing import Any

import pytest
from inkdex.commands import json_values
from inkdex.commands.json_values import has_values, values

DOCUMENTS = [{"content": "Tinte für 5 €"}, {"content": "b] , [", "metadata": {"n": [1, 2]}}, {}]


def opened(text: str | bytes) -> io.BufferedReader:
    return io.BufferedReader(io.BytesIO(text.encode() if isinstance(text, str) else text))


def read(text: str | bytes) -> list[tuple[str, Any]]:
    return [(each.where, each.problem or each.value) for each in values(opened(text))]


def numbered(word: str, start: int = 1) -> list[tuple[str, Any]]:
    return [(f"{word} {number}", each) for number, each in enumerate(DOCUMENTS, start)]


@pytest.mark.parametrize("indent", [None, 2], ids=["compact", "indented"])
@pytest.mark.parametrize("piece", [1, 7, 1 << 20])
def test_arrays(monkeypatch: pytest.MonkeyPatch, indent: int | None, piece: int) -> None:
    monkeypatch.setattr(json_values, "PIECE_BYTES", piece)
    array = json.dumps(DOCUMENTS, indent=indent, ensure_ascii=False)
    assert read(f"\ufeff\n{array}\n") == numbered("document")
    for page in (
        {"items": DOCUMENTS, "next_cursor": None},
        {"next_cursor": "a", "items": DOCUMENTS},
    ):
        assert read(json.dumps(page, indent=indent)) == numbered("document")


def test_lines() -> None:
    text = "\n".join(json.dumps(each) for each in DOCUMENTS)
    assert read(text) == numbered("line")
    assert read(f"\n \n{text}\n") == numbered("line", 3)
    assert read("") == read("\n \n") == []
    assert read('{"items": 1}\n') == [("line 1", {"items": 1})]


def test_a_bad_line_costs_the_others_nothing() -> None:
    deep = b"[" * 100_000
    assert read(b'{"a": 1}\n{\n\xff\n2\n' + deep + b"\n" + b"9" * 5000) == [
        ("line 1", {"a": 1}),
        (
            "line 2",
            "is not valid JSON: Expecting property name enclosed in double quotes at column 2",
        ),
        ("line 3", "is not UTF-8"),
        ("line 4", 2),
        ("line 5", "is nested too deeply"),
        ("line 6", "has a number that is too long"),
    ]


@pytest.mark.parametrize("end", ["", "\n", '\n{"b": 1}\n'], ids=["cut", "last", "another"])
def test_a_long_line_is_not_kept(monkeypatch: pytest.MonkeyPatch, end: str) -> None:
    monkeypatch.setattr(json_values, "VALUE_MAX_BYTES", 10)
    monkeypatch.setattr(json_values, "PIECE_BYTES", 3)
    found = read('{"a": 1}\n{"long": "' + "x" * 100 + '"}' + end)
    long = ("line 2", "is longer than 10 bytes")
    expected = [("line 1", {"a": 1}), long, ("line 3", {"b": 1})]
    assert found == (expected if "b" in end else expected[:2])


@pytest.mark.parametrize("rest", ["", "nonsense]", '{"b": 1}', '{"b": 1} {"c": 1}]'])
def test_a_broken_array_is_read_up_to_there(rest: str) -> None:
    expected = [("document 1", {"a": 1}), ("document 2", json_values.BROKEN)]
    assert read(f'[{{"a": 1}}, {rest}') == expected


def test_an_element_that_is_not_utf_8_costs_the_others_nothing() -> None:
    assert read(b'["a\xff", 2]') == [("document 1", "a\udcff"), ("document 2", 2)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[", True),
        ('\n{"a": 1}\nx', True),
        ('{\n"items": [', True),
        ('{\n"a": 1}', False),
        ("", False),
    ],
)
def test_a_file_has_values_or_not(text: str, expected: bool) -> None:  # noqa: FBT001
    assert has_values(opened(text)) == expected

"""Files of JSON documents are read one by one, whatever their shape."""

import io
import json
from typing import Any

import pytest
from inkdex.commands import json_values
from inkdex.commands.json_values import NOT_JSON, values
from inkdex.errors import InkdexError

DOCUMENTS = [{"content": "Tinte für 5 €"}, {"content": "b] , [", "metadata": {"n": [1, 2]}}, {}]


def read(text: str | bytes) -> list[tuple[int, Any]]:
    return list(values(io.BytesIO(text.encode() if isinstance(text, str) else text)))


@pytest.mark.parametrize("indent", [None, 2], ids=["compact", "indented"])
@pytest.mark.parametrize("piece", [1, 7, 1 << 20])
def test_arrays(monkeypatch: pytest.MonkeyPatch, indent: int | None, piece: int) -> None:
    monkeypatch.setattr(json_values, "PIECE_BYTES", piece)
    text = json.dumps(DOCUMENTS, indent=indent, ensure_ascii=False)
    assert read(f"\ufeff\n{text}\n") == list(enumerate(DOCUMENTS, 1))


def test_lines() -> None:
    text = "\n".join(json.dumps(each) for each in DOCUMENTS)
    assert read(text) == list(enumerate(DOCUMENTS, 1))
    assert read(f"\n{text}\n") == list(enumerate(DOCUMENTS, 2))
    assert read("") == read("\n \n") == []


def test_a_bad_line_costs_the_others_nothing() -> None:
    assert read(b'{"a": 1}\n{\n\xff\n2\n') == [(1, {"a": 1}), (2, NOT_JSON), (3, NOT_JSON), (4, 2)]


@pytest.mark.parametrize("end", ["", "\n", '\n{"b": 1}\n'])
def test_a_long_line_is_not_kept(monkeypatch: pytest.MonkeyPatch, end: str) -> None:
    monkeypatch.setattr(json_values, "VALUE_MAX_BYTES", 10)
    monkeypatch.setattr(json_values, "PIECE_BYTES", 3)
    found = read('{"a": 1}\n{"long": "' + "x" * 100 + '"}' + end)
    expected = [(1, {"a": 1}), (2, NOT_JSON), (3, {"b": 1})]
    assert found == (expected if "b" in end else expected[:2])


@pytest.mark.parametrize("text", ["[", '[{"a": 1}', '[{"a": 1} {"b": 2}]', "[nonsense]"])
def test_a_broken_array_is_an_error(text: str) -> None:
    with pytest.raises(InkdexError, match="not an array of JSON documents"):
        read(text)

"""Reads documents from files of JSON."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from local.importing.json_documents import json_item
from local.importing.json_sources import JsonArray, JsonLines
from local.importing.open_source import open_source


def test_a_line_that_is_too_long_affects_no_other(tmp_path: Path) -> None:
    path = tmp_path / "long.jsonl"
    path.write_bytes(b"[1]\n" + b"x" * 9_000_000 + b"\n[2]\n" + b"y" * 9_000_000)
    items = list(JsonLines(path).items(0))
    assert [(item.location, item.line) for item in items] == [
        ("line 1", b"[1]"),
        ("line 2", b""),
        ("line 3", b"[2]"),
        ("line 4", b""),
    ]
    assert [item.error is None for item in items] == [True, False, True, False]
    assert [item.location for item in JsonLines(path).items(items[1].end)] == ["line 3", "line 4"]


def test_an_array_is_read_from_any_position(tmp_path: Path) -> None:
    documents = [{"id": str(n), "content": "two\nlines"} for n in range(3)]
    path = tmp_path / "array.json"
    path.write_text(json.dumps({"items": documents, "next_cursor": None}, indent=1))
    source = JsonArray(path)
    assert source.size == 3
    lines = [item.line for item in source.items(0)]
    assert [json.loads(line) for line in lines] == documents
    assert not any(b"\n" in line for line in lines)
    assert [(item.location, item.end) for item in source.items(2)] == [("document 3", 3)]


@pytest.mark.parametrize(
    ("name", "text", "kind"),
    [
        ("a.jsonl", '{"id": "a"}\n', JsonLines),
        ("a.jsonl", "not json\n", JsonLines),
        ("a.json", '{"id": "a", "items": 1}\n{"id": "b"}', JsonLines),
        ("export", '\ufeff\n{"content": "x"}', JsonLines),
        ("a.json", '{"content": "%s"}' % ("x" * 100_000), JsonLines),
        ("a.json", ' [{"id": "a"}]', JsonArray),
        ("a.jsonl", '[\n{"id": "a"}\n]', JsonArray),
        ("a.json", '{"items":[{"id":"a"}],"next_cursor":null}', JsonArray),
        ("a.json", '{"items":[{"content":"%s"}]}' % ("x" * 100_000), JsonArray),
    ],
)
def test_the_content_decides_how_a_file_is_read(
    tmp_path: Path, name: str, text: str, kind: type
) -> None:
    (tmp_path / name).write_text(text)
    assert type(open_source(tmp_path / name)) is kind


def item_of(raw: str | bytes, prefix: str = "") -> dict[str, Any]:
    item = json_item("line 1", 1, raw.encode() if isinstance(raw, str) else raw, prefix)
    document: dict[str, Any] = json.loads(item.line)
    assert document.get("id") == item.id
    return document


def id_of(raw: str) -> object:
    return item_of(raw)["id"]


def test_an_id_is_derived_from_everything_that_the_user_gave() -> None:
    different = [
        '{"content": "a"}',
        '{"content": "a", "title": "t"}',
        '{"content": "a", "metadata": {"n": 1}}',
        '{"content": "a", "metadata": {"n": 1.0}}',
        '{"content": "a", "metadata": {"n": "1"}}',
        '{"content": "a", "metadata": {"m": 1}}',
        '{"content": "b", "metadata": {"n": 1}}',
    ]
    assert len({id_of(raw) for raw in different}) == len(different)
    same = [
        '{"content": "a", "metadata": {"n": 1, "m": [2, {"x": null, "y": true}]}}',
        '{"metadata":{"m":[2,{"y":true,"x":null}],"n":1},"id":null,"content":"a"}\r',
        '\ufeff {"content": "\\u0061", "metadata": {"n": 1, "m": [2, {"x": null, "y": true}]}}',
    ]
    assert len({id_of(raw) for raw in same}) == 1


def test_an_id_without_metadata_is_that_of_earlier_versions() -> None:
    text = json.dumps(["t", "Grüße"])
    expected = hashlib.sha256(text.encode()).hexdigest()[:32]
    assert id_of('{"title": "t", "content": "Grüße", "metadata": {}}') == expected


def test_a_document_is_sent_as_it_was_written() -> None:
    raw = '{"content": "a", "metadata": {"n": 1.50, "m": 123456789012345678901234567890}}'
    item = json_item("line 1", 1, raw.encode())
    assert item.line.decode().startswith(raw[:-1])
    given = json_item("line 1", 1, b' {"id": "x", "content": "a", "collection": "c"} \r')
    assert given.line == b'{"id": "x", "content": "a", "collection": "c"}'
    assert (given.id, given.collection) == ("x", "c")


def test_a_name_goes_in_front_of_every_id() -> None:
    assert item_of('{"id": "x\\"y", "content": "a"}', "n/")["id"] == 'n/x"y'
    derived = id_of('{"content": "a"}')
    assert item_of('{"content": "a"}', "n/")["id"] == f"n/{derived}"


@pytest.mark.parametrize(
    "raw",
    [
        b"not json",
        b"[1]",
        b"{}",
        b'{"content": 1}',
        b'{"content": "a", "title": 1}',
        b'{"id": 7, "content": "a"}',
        b"[" * 100_000,
        b'{"content": "a", "metadata": ' + b'{"a":' * 100_000 + b"1" + b"}" * 100_001,
        b'{"content": "a", "metadata": {"n": ' + b"9" * 10_000,
    ],
)
def test_what_is_no_document_is_left_to_the_api(raw: bytes) -> None:
    item = json_item("line 1", 1, raw)
    assert (item.line, item.id, item.error) == (raw, None, None)


def test_a_line_that_is_not_utf_8_is_rejected() -> None:
    assert json_item("line 1", 1, b'{"content": "caf\xe9"}').error == "is not UTF-8"

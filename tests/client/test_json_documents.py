"""Documents of JSON, and the ids of those without one."""

import hashlib
import io
import json
from typing import Any

import pytest
from inkdex.commands.json_documents import document_of
from inkdex.commands.json_values import values


def read(raw: str, prefix: str = "") -> dict[str, Any]:
    (value,) = values(io.BufferedReader(io.BytesIO(raw.encode())))
    return document_of(value, prefix)


def id_of(raw: str) -> object:
    return read(raw).get("id")


def test_an_id_is_derived_from_everything_that_the_user_gave() -> None:
    different = [
        '{"content": "a"}',
        '{"content": "a", "title": "t"}',
        '{"content": "a", "metadata": {"n": 1}}',
        '{"content": "a", "metadata": {"n": 1.0}}',
        '{"content": "a", "metadata": {"n": 1.00}}',
        '{"content": "a", "metadata": {"n": "1"}}',
        '{"content": "a", "metadata": {"m": 1}}',
        '{"content": "b", "metadata": {"n": 1}}',
    ]
    assert len({id_of(raw) for raw in different}) == len(different)
    same = [
        '{"content": "a", "metadata": {"n": 1, "m": [2, {"x": null, "y": true}]}}',
        '{"metadata":{"m":[2,{"y":true,"x":null}],"n":1},"id":null,"content":"a"}\r',
        '\ufeff {"content": "\\u0061", "metadata": {"n": 1, "m": [2, {"x": null, "y": true}]}}',
        '[{"content": "a", "metadata": {"n": 1, "m": [2, {"x": null, "y": true}]}}]',
    ]
    assert len({id_of(raw) for raw in same}) == 1


def test_an_id_is_that_of_earlier_versions() -> None:
    plain = hashlib.sha256(json.dumps(["t", "Grüße"]).encode()).hexdigest()[:32]
    assert id_of('{"title": "t", "content": "Grüße", "metadata": {}}') == plain
    given = [None, "a", {"n": "\udfff1.50"}]
    numbers = hashlib.sha256(json.dumps(given).encode()).hexdigest()[:32]
    assert id_of('{"content": "a", "metadata": {"n": 1.50}}') == numbers


def test_a_name_goes_in_front_of_every_id() -> None:
    assert read('{"id": "x\\"y", "content": "a"}', "n/")["id"] == 'n/x"y'
    derived = id_of('{"content": "a"}')
    assert read('{"content": "a"}', "n/")["id"] == f"n/{derived}"


@pytest.mark.parametrize(
    "raw",
    ["{}", '{"content": 1}', '{"content": "a", "title": 1}', '{"id": 7, "content": "a"}'],
)
def test_what_is_no_document_is_left_to_the_server(raw: str) -> None:
    assert read(raw, "n/") == json.loads(raw)

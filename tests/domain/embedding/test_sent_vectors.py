"""Vectors that come with a document."""

import base64
import struct
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.embedding.chunks import Chunk
from shared.domain.embedding.sent_vectors import (
    UNREADABLE,
    SentVectors,
    VectorReading,
    encoded_floats,
    floats,
)

HALF = st.floats(width=16, allow_nan=False, allow_infinity=False)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda each: st.lists(each, max_size=4) | st.dictionaries(st.text(), each, max_size=4),
)


def text_of(vector: Sequence[float]) -> str:
    return base64.b64encode(encoded_floats(vector)).decode()


def read(value: Any, characters: int) -> SentVectors:  # noqa: ANN401 - JSON
    reading = VectorReading(value, characters)
    for chunk in reading.given:
        reading.add(chunk)
    return reading.done()


def sent(*chunks: dict[str, Any]) -> dict[str, Any]:
    return {"model": {"fingerprint": text_of([1.0, 0.5])}, "chunks": list(chunks)}


def place(start: int, end: int, **more: Any) -> dict[str, Any]:  # noqa: ANN401
    return {"start": start, "end": end, "vector": text_of([0.5, -2.0]), **more}


@given(st.lists(HALF, min_size=1, max_size=50))
def test_numbers_are_read_as_they_were_sent(vector: list[float]) -> None:
    assert list(floats(base64.b64decode(text_of(vector)))) == vector


def test_a_vector_is_that_of_the_chunk_with_the_same_place_and_text() -> None:
    one, two = Chunk(0, 4, "Ink "), Chunk(2, 9, "k dries")
    plan = {each.text_hash: each for each in (one, two)}
    right = read(sent(place(0, 4, hash=f"sha256:{one.text_hash.hex()}"), place(2, 9)), 9)
    assert right.of_chunks(plan) == {digest: [0.5, -2.0] for digest in plan}
    assert list(right.model_fingerprint) == [1.0, 0.5]
    wrong = read(sent(place(0, 4, hash=f"sha256:{two.text_hash.hex()}"), place(2, 8)), 9)
    assert wrong.of_chunks(plan) == {}


@pytest.mark.parametrize(
    "chunks",
    [
        [place(0, 10)],
        [place(4, 4)],
        [place(2, 9), place(0, 4)],
        [place(0, 4) | {"vector": text_of([0.5])}],
        [place(0, 4, hash="md5:00")],
        [{"start": 0, "end": 4}],
        [7],
        [],
    ],
    ids=["beyond", "empty", "order", "length", "hash", "no vector", "number", "none"],
)
def test_what_cannot_be_of_the_text_is_refused(chunks: list[Any]) -> None:
    with pytest.raises(UNREADABLE):
        read(sent(*chunks), 9)


@given(JSON)
def test_any_json_is_refused(value: Any) -> None:  # noqa: ANN401 - JSON
    with pytest.raises(UNREADABLE):
        read(value, 100)


@given(JSON)
def test_any_json_is_refused_as_a_chunk(value: Any) -> None:  # noqa: ANN401 - JSON
    with pytest.raises(UNREADABLE):
        read(sent(value), 100)


def test_a_broken_float_is_refused() -> None:
    with pytest.raises(struct.error):
        floats(b"12345")

import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.documents.json_framing import ArrayFramer, Frame, Framer, LineFramer
from shared.domain.errors import TooManyRejections

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda children: (
        st.lists(children, max_size=4) | st.dictionaries(st.text(), children, max_size=4)
    ),
    max_leaves=12,
)


def cut(raw: bytes, positions: list[int]) -> list[bytes]:
    edges = [0, *sorted(position % (len(raw) + 1) for position in positions), len(raw)]
    return [raw[start:end] for start, end in pairwise(edges)]


def run(framer: Framer, chunks: list[bytes]) -> list[Frame]:
    frames = [frame for chunk in chunks for frame in framer.feed(chunk)]
    return frames + framer.close()


@given(st.lists(JSON), st.lists(st.integers(min_value=0)), st.sampled_from([None, 1]))
def test_an_array_is_split_into_its_elements_for_any_chunks(
    values: list[Any], positions: list[int], indent: int | None
) -> None:
    raw = json.dumps(values, indent=indent).encode()
    frames = run(ArrayFramer(10**6), cut(raw, positions))
    assert [json.loads(frame or b"") for frame in frames] == values


@given(st.lists(JSON), st.lists(st.integers(min_value=0)))
def test_lines_are_split_for_any_chunks(values: list[Any], positions: list[int]) -> None:
    raw = "".join(json.dumps(value) + "\n" for value in values).encode()
    frames = run(LineFramer(10**6), cut(raw, positions))
    assert [json.loads(frame or b"") for frame in frames] == values


@given(st.binary(max_size=300), st.lists(st.integers(min_value=0)))
def test_frames_do_not_depend_on_the_chunks(raw: bytes, positions: list[int]) -> None:
    for framer in (ArrayFramer, LineFramer):
        assert run(framer(50), cut(raw, positions)) == run(framer(50), [raw])


@pytest.mark.parametrize("framer", [LineFramer(10), ArrayFramer(10)])
def test_only_a_frame_over_the_limit_is_dropped(framer: Framer) -> None:
    separator, start, end = (b",", b"[", b"]") if isinstance(framer, ArrayFramer) else (b"\n",) * 3
    raw = start.strip() + b'"a"' + separator + b'"' + b"x" * 99 + b'"' + separator + b'"b"' + end
    assert run(framer, cut(raw, [9, 30, 60])) == [b'"a"', None, b'"b"']


def test_the_last_line_needs_no_newline() -> None:
    assert run(LineFramer(99), [b"1\n2"]) == [b"1", b"2"]


def test_an_incomplete_array_yields_its_complete_elements() -> None:
    assert run(ArrayFramer(99), [b'[{"a": 1}, {"b"']) == [b'{"a": 1}', b' {"b"...']
    assert run(ArrayFramer(99), [b'[{"a": 1},']) == [b'{"a": 1}', b"..."]
    assert run(ArrayFramer(99), [b'[{"a": 1}]']) == [b'{"a": 1}']


@pytest.mark.parametrize("body", [b"[" * 300_000, b"[[" + b"[]," * 100_000, b"[]" * 200_000])
def test_an_element_of_too_many_brackets_ends_the_array(body: bytes) -> None:
    with pytest.raises(TooManyRejections):
        run(ArrayFramer(10**7), [body])


def test_an_array_may_have_any_number_of_brackets_in_small_elements() -> None:
    body = b"[" + b",".join([b'{"a": []}'] * 100_000) + b"]"
    assert len(run(ArrayFramer(100), [body])) == 100_000

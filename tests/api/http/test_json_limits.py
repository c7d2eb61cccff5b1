"""Limits on JSON while it arrives."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.exceptions import HTTPException

from api.http.json_limits import ESCAPES_MAX, STRUCTURE_MAX_BYTES, VALUES_MAX, JsonLimits

texts = st.text(alphabet=st.sampled_from('\\"[]{},:a é\n'), max_size=30)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=20,
)


def fed(raw: bytes, size: int) -> JsonLimits:
    limits = JsonLimits()
    for start in range(0, len(raw), size):
        limits.feed(raw[start : start + size])
    return limits


def outside(value: Any) -> int:  # noqa: ANN401
    """Return the bytes of the compact JSON outside of its strings, with their quotes."""
    if isinstance(value, str):
        return 2
    if isinstance(value, list):
        return 2 + max(0, len(value) - 1) + sum(map(outside, value))
    if isinstance(value, dict):
        return 2 + max(0, len(value) - 1) + sum(3 + outside(each) for each in value.values())
    return len(json.dumps(value))


@given(json_values, st.integers(1, 7))
def test_only_what_is_outside_of_strings_counts_however_the_bytes_arrive(
    value: Any,  # noqa: ANN401
    size: int,
) -> None:
    assert fed(json.dumps(value).encode(), size).structure_bytes == outside(value)


@pytest.mark.parametrize(
    "raw",
    [
        b"[" + b",".join([b"[]"] * VALUES_MAX) + b"]",
        b"[" + b",".join([b"1"] * VALUES_MAX) + b",1,1]",
        b'{"x":' + b"9" * (STRUCTURE_MAX_BYTES + 1),
        b'"' * (STRUCTURE_MAX_BYTES + 1),
        b'["' + b"\\n" * (ESCAPES_MAX + 1),
        b'["' + b"\\\\" * (ESCAPES_MAX + 1),
    ],
)
def test_a_text_with_too_many_values_is_refused_before_it_is_complete(raw: bytes) -> None:
    with pytest.raises(HTTPException) as refused:
        fed(raw, 60_000)
    assert refused.value.status_code == 413


def test_long_strings_and_white_space_are_free() -> None:
    content = '[{,:}]\\"' * 150_000
    fed(json.dumps({"content": content}, indent=4).encode() + b" \n" * 1_000_000, 65_536)


def test_the_largest_metadata_and_a_content_of_escapes_are_accepted() -> None:
    values: list[Any] = [[], {}, 1, ""]
    for value in values:
        many = [value] * (64 * 1024 // (len(json.dumps(value)) + 2))
        fed(json.dumps({"metadata": {"x": many}}).encode(), 60_000)
    content = "\\u0041" * 1024 * 1024
    fed(f'{{"content":"{content}"}}'.encode(), 60_000)

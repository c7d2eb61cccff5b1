import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.documents.validation import check_identifier, check_metadata, check_text
from shared.domain.errors import InvalidInput


@pytest.mark.parametrize("text", ["\0", "a\0b", "\ud800", "x\udfff"])
def test_text_that_postgres_cannot_store_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        check_text(text, "content")
    with pytest.raises(InvalidInput):
        check_metadata({"a": [{"b": text}]}, "metadata")
    with pytest.raises(InvalidInput):
        check_metadata({text: 1}, "metadata")


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")))
def test_any_other_text_is_valid(text: str) -> None:
    check_text(text, "content")
    check_metadata({text: [text, {text: text}]}, "metadata")


@pytest.mark.parametrize("text", [r"\u0000", "NaN", "-Infinity", r"\ud800"])
def test_texts_that_look_like_invalid_json_are_valid(text: str) -> None:
    check_metadata({text: [text]}, "metadata")


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_numbers_that_json_cannot_hold_are_refused_with_their_path(value: float) -> None:
    with pytest.raises(InvalidInput) as caught:
        check_metadata({"a": [1, {"b": value}]}, "metadata")
    assert caught.value.errors[0].path == ("metadata", "a", 1, "b")


@pytest.mark.parametrize("name", ["", ".", "..", "x" * 256])
def test_names_that_no_url_can_hold_are_refused(name: str) -> None:
    with pytest.raises(InvalidInput):
        check_identifier(name, "id")

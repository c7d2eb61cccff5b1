"""Unknown fields of request bodies are named, with a suggestion that is cheap to find."""

import pytest
from pydantic import ValidationError

from api.schemas.documents import DocumentBody


def message(name: str) -> str:
    with pytest.raises(ValidationError) as caught:
        DocumentBody.model_validate({"content": "a text", name: "a value"})
    return str(caught.value.errors()[0]["msg"])


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("text", "unknown field 'text'; did you mean 'content'?"),
        ("metdata", "unknown field 'metdata'; did you mean 'metadata'?"),
        ("colour", "unknown field 'colour'"),
        ("ünknöwn", "unknown field 'ünknöwn'"),
        ("a{nearest}b", "unknown field 'a{nearest}b'"),
        ("{message}", "unknown field '{message}'"),
    ],
)
def test_an_unknown_field_is_named_with_the_nearest_known_one(name: str, expected: str) -> None:
    assert message(name) == expected


def test_a_long_name_is_cut_and_compared_with_nothing() -> None:
    assert message("content" * 1_000_000) == f"unknown field '{('content' * 15)[:100]}'"

"""What is wrong with JSON and with fields, in plain English."""

import re
from enum import StrEnum
from typing import Annotated, Any, Literal
from uuid import UUID

import pytest
from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, ValidationError
from pydantic_core import from_json

from api.schemas import plain_messages


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "a value is missing or incomplete"),
        ("[1", "the end of an array is missing"),
        ('{"a"', "the end of an object is missing"),
        ('"a', "the end of a string is missing"),
        ('{"a" 1}', "a colon is missing"),
        ("[1 2]", "a comma or a closing bracket is missing"),
        ('{"a": 1 "b"}', "a comma or a closing brace is missing"),
        ("\nnux", "a value is misspelled"),
        ("x", "this is not a value"),
        ("NaN", "this is not a value"),
        (r'"\x"', "an escape sequence is not valid"),
        ("01", "this is not a number"),
        ("9" * 5000, "a number is out of range"),
        (b'"\xff"', "a string is not UTF-8"),
        ('"\t"', "a string has a line break or another control character"),
        ("{a: 1}", "a name needs double quotes"),
        (r'"\ud800\u0041"', "an escaped character is incomplete"),
        (r'"\ud800"', "an escaped character is incomplete"),
        ("[1,]", "there is a trailing comma"),
        ("1 2", "there are characters after the end"),
        ("[" * 300 + "]" * 300, "it is nested too deeply"),
    ],
)
def test_mistakes_in_json_are_named(text: str | bytes, message: str) -> None:
    with pytest.raises(ValueError, match="line") as caught:
        from_json(text, allow_inf_nan=False)
    # The column of a control character depends on how the parser reads the text.
    begin, _, found = plain_messages.of_json(caught.value).partition(": ")
    assert re.fullmatch(r"is not valid JSON at line \d, column \d+", begin)
    assert found.startswith(message)


def test_the_place_of_a_mistake_is_named() -> None:
    with pytest.raises(ValueError, match="line") as caught:
        from_json('{"a": 1,\n b: 2}')
    message = plain_messages.of_json(caught.value)
    assert message == "is not valid JSON at line 2, column 2: a name needs double quotes"


def test_a_mistake_without_a_place_is_named_too() -> None:
    assert plain_messages.of_json("more than 50 fields") == "is not valid JSON: more than 50 fields"


class Color(StrEnum):
    RED = "red"
    BLUE = "blue"


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    text: str = ""
    short: Annotated[str, Field(min_length=1, max_length=1000)] = "a"
    some: Annotated[list[int], Field(min_length=2, max_length=3)] = [1, 2]
    count: Annotated[int, Field(ge=1, lt=5)] = 1
    share: Annotated[FiniteFloat, Field(gt=0, le=1)] = 1.0
    flag: bool = False
    key: UUID | None = None
    color: Annotated[Color, Field(strict=False)] = Color.RED
    kind: Literal["a", "b"] = "a"
    name: Annotated[str, Field(pattern="^x+$")] = "x"
    fields: dict[str, Any] = {}


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("text", 1, "must be a string"),
        ("short", "", "must have at least 1 character"),
        ("short", "a" * 1001, "must have at most 1,000 characters"),
        ("some", [1], "must have at least 2 items"),
        ("some", [1] * 4, "must have at most 3 items"),
        ("some", "ab", "must be a JSON array"),
        ("count", 0, "must be at least 1"),
        ("count", 5, "must be less than 5"),
        ("count", "x", "must be a whole number"),
        ("count", 1.5, "must be a whole number"),
        ("share", 0.0, "must be more than 0.0"),
        ("share", 2.0, "must be at most 1.0"),
        ("share", "x", "must be a number"),
        ("share", float("nan"), "must be a finite number"),
        ("flag", "x", "must be true or false"),
        ("color", "green", "must be 'red' or 'blue'"),
        ("kind", "c", "must be 'a' or 'b'"),
        ("name", "y", "must match the pattern ^x+$"),
        ("fields", [], "must be a JSON object"),
        ("other", 1, "is not known here"),
    ],
)
def test_mistakes_in_fields_are_named(field: str, value: object, message: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Body.model_validate({field: value})
    assert [plain_messages.of_field(each) for each in caught.value.errors()] == [message]

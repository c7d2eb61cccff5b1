"""What is wrong with JSON and with fields, in plain English."""

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
        ("", "at line 1, column 0: a value is missing"),
        ("[1", "at line 1, column 2: the end of an array is missing"),
        ('{"a"', "at line 1, column 4: the end of an object is missing"),
        ('"a', "at line 1, column 2: the end of a string is missing"),
        ('{"a" 1}', "at line 1, column 6: a colon is missing"),
        ("[1 2]", "at line 1, column 4: a comma or a closing bracket is missing"),
        ('{"a": 1 "b"}', "at line 1, column 9: a comma or a closing brace is missing"),
        ("\nnux", "at line 2, column 3: a value is misspelled"),
        ("x", "at line 1, column 1: this is not a value"),
        ("NaN", "at line 1, column 1: this is not a value"),
        (r'"\x"', "at line 1, column 3: a backslash escapes what needs no escape"),
        ("01", "at line 1, column 2: this is not a number"),
        ("9" * 5000, "at line 1, column 4302: a number is too large"),
        (b'"\xff"', "at line 1, column 2: a string is not UTF-8"),
        ('"\t"', "at line 1, column 1: a string has a line break or another control character"),
        ("{a: 1}", "at line 1, column 2: a name needs double quotes"),
        (r'"\ud800\u0041"', "at line 1, column 13: an escaped character is incomplete"),
        (r'"\ud800"', "at line 1, column 8: an escaped character is incomplete"),
        ("[1,]", "at line 1, column 4: a comma has nothing behind it"),
        ("1 2", "at line 1, column 3: something stands behind the end"),
        ("[" * 300 + "]" * 300, "at line 1, column 202: it is nested too deeply"),
    ],
)
def test_mistakes_in_json_are_named(text: str | bytes, message: str) -> None:
    with pytest.raises(ValueError, match="line") as caught:
        from_json(text, allow_inf_nan=False)
    assert plain_messages.of_json(caught.value).startswith(f"is not valid JSON {message}")


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
